#include "walk_strategy.hpp"

#include <bit>

#include "relacy/engine/schedule.hpp"

namespace poolproof {

bool WalkStrategy::begin() {
  left_ = profile_;
  return SampledStrategy::begin();
}

unsigned WalkStrategy::next_actor(const Situation& situation) {
  std::uint32_t enabled = situation.enabled;
  // Who waits lets others go on.
  if (situation.yielded && std::popcount(enabled) > 1) enabled &= ~(1U << situation.current);
  std::uint32_t sum = 0;
  for (unsigned actor = 0; enabled >> actor != 0; ++actor) {
    if (contains(enabled, actor)) sum += left_.steps[actor];
  }
  std::uint32_t drawn = rng().below(sum);
  unsigned chosen = 0;
  while (!contains(enabled, chosen) || drawn >= left_.steps[chosen]) {
    if (contains(enabled, chosen)) drawn -= left_.steps[chosen];
    ++chosen;
  }
  if (left_.steps[chosen] > 1) --left_.steps[chosen];
  return chosen;
}

}  // namespace poolproof
