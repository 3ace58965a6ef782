// BuddyHints: eight bytes in a word, one for each word of a buddy allocator.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace poolproof::buddy_hints {

using Word = std::uint64_t;
inline constexpr Word lows = 0x0101'0101'0101'0101;
inline constexpr Word highs = 0x8080'8080'8080'8080;

constexpr unsigned shift(std::size_t i) noexcept { return static_cast<unsigned>(i % 8) * 8; }
constexpr unsigned get(Word hints, std::size_t i) noexcept {
  return static_cast<unsigned>(hints >> shift(i) & 0xff);
}
constexpr Word with(Word hints, std::size_t i, unsigned hint) noexcept {
  return (hints & ~(Word{0xff} << shift(i))) | (Word{hint} << shift(i));
}
// The high bits of the bytes that are at least hint. Both are below 128.
constexpr Word at_least(Word hints, unsigned hint) noexcept {
  return ((hints | highs) - hint * lows) & highs;
}
constexpr std::size_t first(Word found) noexcept {
  return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

}  // namespace poolproof::buddy_hints
