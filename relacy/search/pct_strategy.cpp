#include "pct_strategy.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "relacy/engine/schedule.hpp"

namespace poolproof {

bool PctStrategy::begin() {
  if (!SampledStrategy::begin()) return false;
  for (unsigned i = 0; i != priority_.size(); ++i) {
    priority_[i] = static_cast<std::int64_t>(i);
    std::swap(priority_[i], priority_[rng().below(i + 1)]);
  }
  for (std::uint32_t& change : changes_) change = 1 + rng().below(steps_);
  lowest_ = 0;
  step_ = 0;
  return true;
}

unsigned PctStrategy::next_actor(const Situation& situation) {
  // Who waits for others would wait for ever, if its priority were above theirs.
  if (situation.yielded || situation.waits()) fall_behind(situation.current);
  unsigned chosen = nobody;
  for (unsigned actor = 0; situation.enabled >> actor != 0; ++actor) {
    if (!contains(situation.enabled, actor)) continue;
    if (chosen == nobody || priority_[actor] > priority_[chosen]) chosen = actor;
  }
  ++step_;
  if (std::find(changes_.begin(), changes_.end(), step_) != changes_.end()) fall_behind(chosen);
  return chosen;
}

bool PctStrategy::end(const StepReport&) {
  ++executions_;
  if (step_ > steps_) ++longer_;
  return true;
}

CheckSearched PctStrategy::searched(unsigned actors) const noexcept {
  const auto depth = static_cast<unsigned>(changes_.size()) + 1;
  return {.search = {CheckSearch::Kind::pct, depth},
          .executions = executions_,
          .chance = chance(actors, steps_, depth),
          .longer = longer_};
}

double PctStrategy::chance(unsigned actors, std::uint32_t steps, unsigned depth) noexcept {
  return 1 / (actors * std::pow(steps, depth - 1));
}

}  // namespace poolproof
