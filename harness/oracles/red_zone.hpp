// Red zones: bytes beside memory that an allocator was given, which it must leave as they are.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>

namespace poolproof {

inline constexpr std::size_t red_zone_bytes = 64;

// So many bytes, from at on, are nobody's.
inline void lay_red_zone(std::byte* at, std::size_t bytes = red_zone_bytes) noexcept {
  std::memset(at, 0xa5, bytes);
}
inline bool is_red_zone_whole(const std::byte* at, std::size_t bytes = red_zone_bytes) noexcept {
  return bytes == 0 || (*at == std::byte{0xa5} && std::memcmp(at, at + 1, bytes - 1) == 0);
}

// Of memory with red zones at both ends: what was written beside it, in words.
inline std::optional<std::string> written_behind(const std::byte* end) {
  if (is_red_zone_whole(end)) return std::nullopt;
  std::size_t i = 0;
  while (end[i] == std::byte{0xa5}) ++i;
  return fmt::format("byte {} behind it was written", i);
}
inline std::optional<std::string> written_beside(const std::byte* begin, const std::byte* end) {
  const std::byte* front = begin - red_zone_bytes;
  if (is_red_zone_whole(front)) return written_behind(end);
  std::size_t i = red_zone_bytes;
  while (front[i - 1] == std::byte{0xa5}) --i;
  return fmt::format("byte {} in front of it was written", red_zone_bytes - i + 1);
}

}  // namespace poolproof
