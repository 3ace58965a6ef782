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

// Of a CAS: Relacy logs the order of its success alone, so the other one stands where it logs the
// function.
inline rl::debug_info to_relacy(const Where& where, rl::memory_order failure) noexcept {
  const char* order = failure == rl::mo_acquire   ? "on failure=acquire"
                      : failure == rl::mo_consume ? "on failure=consume"
                      : failure == rl::mo_seq_cst ? "on failure=seq_cst"
                                                  : "on failure=relaxed";
  return {order, where.file_name(), where.line()};
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

// Can Relacy run a CAS with these two orders? It runs others wrongly, or not at all.
constexpr bool runs_failure_order(rl::memory_order success, rl::memory_order failure) noexcept {
  if (failure == rl::mo_relaxed || success == rl::mo_seq_cst) return true;
  return failure == rl::mo_acquire && (success == rl::mo_acquire || success == rl::mo_acq_rel);
}

}  // namespace poolproof
