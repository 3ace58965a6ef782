// The payload canary of Ledger; included by ledger.hpp.
#pragma once

#include <cstring>

#include "ledger.hpp"

namespace poolproof {

// The canary stands in the first eight bytes of every place that the block covers, and in its last
// eight: a block that overlaps this one starts at a place, and so writes over one of them. Bytes
// that are left over behind a multiple of eight get a part of it.
inline void Ledger::write_canary(void* block, std::size_t size, std::uint32_t stamp) noexcept {
  const std::uint64_t value = canary(block, stamp);
  auto* bytes = static_cast<std::byte*>(block);
  for (std::size_t i = 0; i + sizeof value <= size; i += alignment_mask_ + 1) {
    std::memcpy(bytes + i, &value, sizeof value);
  }
  const std::size_t left = size % sizeof value;
  if (left != 0) [[unlikely]] {
    std::memcpy(bytes + size - left, &value, left);
  } else {
    std::memcpy(bytes + size - sizeof value, &value, sizeof value);
  }
  // Without this the compiler may take the check for granted: nothing here acquires.
  asm volatile("" ::: "memory");
}

inline void Ledger::check_canary(Owner owner, const void* block, std::size_t size,
                                 std::uint32_t stamp) noexcept {
  asm volatile("" ::: "memory");
  const std::uint64_t value = canary(block, stamp);
  const auto* bytes = static_cast<const std::byte*>(block);
  const std::size_t left = size % sizeof value;
  std::uint64_t seen = value;
  if (left != 0) [[unlikely]] {
    std::memcpy(&seen, bytes + size - left, left);
  } else {
    std::memcpy(&seen, bytes + size - sizeof seen, sizeof seen);
  }
  std::uint64_t difference = seen ^ value;
  for (std::size_t i = 0; i + sizeof seen <= size; i += alignment_mask_ + 1) {
    std::memcpy(&seen, bytes + i, sizeof seen);
    difference |= seen ^ value;
  }
  if (difference != 0) [[unlikely]]
    report_payload(owner, block);
}

}  // namespace poolproof
