// The payload canary of Ledger; included by ledger.hpp.
#pragma once

#include <cstring>

#include "ledger.hpp"

namespace poolproof {

// The first and the last eight bytes: enough to see a neighbour that overlaps, or a stale link.
inline void Ledger::write_canary(void* block, std::uint32_t stamp) noexcept {
  const std::uint64_t value = canary(block, stamp);
  auto* bytes = static_cast<std::byte*>(block);
  std::memcpy(bytes, &value, sizeof value);
  std::memcpy(bytes + block_size_ - sizeof value, &value, sizeof value);
  // Without this the compiler may take the check for granted: nothing here acquires.
  asm volatile("" ::: "memory");
}

inline void Ledger::check_canary(Owner owner, const void* block, std::uint32_t stamp) noexcept {
  asm volatile("" ::: "memory");
  const std::uint64_t value = canary(block, stamp);
  const auto* bytes = static_cast<const std::byte*>(block);
  std::uint64_t first;
  std::uint64_t last;
  std::memcpy(&first, bytes, sizeof first);
  std::memcpy(&last, bytes + block_size_ - sizeof last, sizeof last);
  if (first != value || last != value) [[unlikely]]
    report_payload(owner, block);
}

}  // namespace poolproof
