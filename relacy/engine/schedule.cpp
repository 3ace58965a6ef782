#include "schedule.hpp"

#include <algorithm>

namespace poolproof {

unsigned preemptions(const Schedule& schedule) noexcept {
  return static_cast<unsigned>(std::count_if(schedule.begin(), schedule.end(),
                                             [](const Step& step) { return step.preemption; }));
}

const Step& ReplayStrategy::next() noexcept {
  static constexpr Step plain;
  return next_ < schedule_.size() ? schedule_[next_++] : plain;
}

unsigned ReplayStrategy::next_actor(const Situation& situation) {
  const unsigned plain = default_actor(situation);
  const Step& step = next();
  if (step.is_default) return plain;
  if (contains(situation.enabled, step.value) && step.value != plain) return step.value;
  fits_ = false;
  return plain;
}

std::uint32_t ReplayStrategy::choose(std::uint32_t n, Choice) {
  const Step& step = next();
  if (step.is_default) return 0;
  if (step.value != 0 && step.value < n) return step.value;
  fits_ = false;
  return 0;
}

}  // namespace poolproof
