// Places and memory orders, as Relacy takes them.
#pragma once

#include <atomic>
#include <source_location>

#include "relacy_context.hpp"

namespace poolproof {

using Where = std::source_location;

inline bool in_execution() noexcept { return rl::is_ctx(); }

inline rl::debug_info to_relacy(const Where& where) noexcept {
  return {where.function_name(), where.file_name(), where.line()};
}

// The place that Relacy's own constructors log, by which a store is known as a construction.
inline rl::debug_info construction() noexcept { return {"", "relacy/atomic.hpp", 0}; }

constexpr rl::memory_order to_relacy(std::memory_order order) noexcept {
  switch (order) {
    case std::memory_order_relaxed:
      return rl::mo_relaxed;
    case std::memory_order_consume:  // as compilers do
    case std::memory_order_acquire:
      return rl::mo_acquire;
    case std::memory_order_release:
      return rl::mo_release;
    case std::memory_order_acq_rel:
      return rl::mo_acq_rel;
    default:
      return rl::mo_seq_cst;
  }
}

}  // namespace poolproof
