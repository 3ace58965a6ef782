// Fences under Relacy. One that acquires or releases changes nothing but what its own actor has
// seen or will publish, so it is no scheduling point; one that is seq_cst comes in one order with
// all others of its kind. There Relacy takes more for ordered than the standard does: such a fence
// acquires from all of them that came before it.
#include "relacy/engine/model_fence.hpp"

#include "relacy_atomic.hpp"
// After relacy_context.hpp.
#include <relacy/atomic_fence.hpp>

namespace poolproof {

void model_fence(std::memory_order order, std::source_location where) noexcept {
  if (!in_execution()) return std::atomic_thread_fence(order);
  const rl::memory_order used = to_relacy(Orders::of("fence", order, where));
  if (used == rl::mo_relaxed) return;  // it orders nothing
  if (used == rl::mo_seq_cst) announce_access(Access::Kind::unknown, true, 0);
  rl::atomic_thread_fence(used, to_relacy(where));
  if (used == rl::mo_seq_cst) fenced_in_order();
}

}  // namespace poolproof
