// Fences under Relacy. One that acquires or releases changes nothing but what its own actor has
// seen or will publish, so it is no scheduling point; one that is seq_cst comes in one order with
// all others of its kind.
#include "relacy/engine/model_fence.hpp"

#include "relacy_atomic.hpp"
// After relacy_context.hpp.
#include <relacy/atomic_fence.hpp>

namespace poolproof {

void model_fence(std::memory_order order, std::source_location where) noexcept {
  if (!in_execution()) return std::atomic_thread_fence(order);
  const std::memory_order used = Orders::of("fence", order, where);
  if (used == std::memory_order_relaxed) return;  // it orders nothing
  if (used == std::memory_order_seq_cst) {
    announce_access(Access::Kind::unknown, true, 0);
    rl::ctx().sched();
  }
  weak_fence(used);
  if (rl::ctx().collecting_history()) {
    rl::ctx().exec_log(to_relacy(where), rl::atomic_fence_event{to_relacy(used), true});
  }
}

}  // namespace poolproof
