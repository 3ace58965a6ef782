#include "handover_strategy.hpp"

#include "relacy/engine/schedule.hpp"

namespace poolproof {

bool HandoverStrategy::begin() {
  if (!SampledStrategy::begin()) return false;
  for (std::uint32_t& weight : weight_) weight = 1U << 3 * rng().below(4);
  return true;
}

// Once in so many steps it is the other way round: a loop that only reads must not hold the turn
// for good.
bool HandoverStrategy::goes_on(const Situation& situation) {
  if (!situation.can_go_on()) return false;
  const bool otherwise = rng().below(is_calm() ? 64 : 8) == 0;
  return situation.last.wrote == otherwise;
}

unsigned HandoverStrategy::next_actor(const Situation& situation) {
  if (goes_on(situation)) return situation.current;
  std::uint32_t willing = willing_actors(situation);
  if (situation.can_go_on() && willing != 1U << situation.current) {
    willing &= ~(1U << situation.current);
  }
  std::uint32_t sum = 0;
  for (unsigned actor = 0; willing >> actor != 0; ++actor) {
    if (contains(willing, actor)) sum += weight_[actor];
  }
  std::uint32_t drawn = rng().below(sum);
  unsigned chosen = 0;
  while (!contains(willing, chosen) || drawn >= weight_[chosen]) {
    if (contains(willing, chosen)) drawn -= weight_[chosen];
    ++chosen;
  }
  return chosen;
}

std::uint32_t HandoverStrategy::choose(std::uint32_t n, Choice kind) {
  return is_calm() && kind != Choice::user ? 0 : SampledStrategy::choose(n, kind);
}

}  // namespace poolproof
