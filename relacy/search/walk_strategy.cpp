#include "walk_strategy.hpp"

#include "relacy/engine/schedule.hpp"

namespace poolproof {

bool WalkStrategy::begin() {
  left_ = profile_.steps;
  return SampledStrategy::begin();
}

unsigned WalkStrategy::next_actor(const Situation& situation) {
  const std::uint32_t enabled = willing_actors(situation);
  std::uint32_t sum = 0;
  for (unsigned actor = 0; enabled >> actor != 0; ++actor) {
    if (contains(enabled, actor)) sum += left_[actor];
  }
  std::uint32_t drawn = rng().below(sum);
  unsigned chosen = 0;
  while (!contains(enabled, chosen) || drawn >= left_[chosen]) {
    if (contains(enabled, chosen)) drawn -= left_[chosen];
    ++chosen;
  }
  if (left_[chosen] > 1) --left_[chosen];
  return chosen;
}

}  // namespace poolproof
