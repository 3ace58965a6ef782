#include "sampled_strategy.hpp"

#include <algorithm>

#include "random_strategy.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

StepProfile profile_of(ModelTest& test, unsigned actors, ScheduleRecord* record) {
  static ScheduleRecord own_record;
  if (record == nullptr) record = &own_record;
  ReplayStrategy plain({});
  explore(test, actors, plain, {.executions = 1}, record);
  StepProfile profile;
  for (const Step& step : record->get()) {
    if (step.kind == Step::Kind::actor) ++profile.steps.at(step.value);
  }
  for (unsigned i = 0; i != actors; ++i) {
    profile.steps[i] = std::max(1U, profile.steps[i]);
    profile.most += profile.steps[i];
  }
  RandomStrategy random(1, {.last = 50});
  Limits limits;
  limits.stop = [&](std::uint64_t) {
    const Schedule schedule = record->get();
    if (has_fine_steps(schedule)) return false;
    const auto steps = std::count_if(schedule.begin(), schedule.end(), [](const Step& step) {
      return step.kind == Step::Kind::actor;
    });
    profile.most = std::max(profile.most, static_cast<std::uint32_t>(steps));
    return false;
  };
  explore(test, actors, random, limits, record);
  return profile;
}

bool SampledStrategy::begin() {
  if (window_.first > window_.last) return false;
  rng_ = Rng(seed_, window_.first);
  fine_ = may_be_fine_ && mixed(seed_, window_.first) % fine_one_in == 0;
  window_.first += window_.stride;
  calm_ = rng_.below(2) != 0;
  return true;
}

std::uint32_t SampledStrategy::choose(std::uint32_t n, Choice kind) {
  if (kind == Choice::user) return rng_.below(n);
  const std::uint32_t one_in = (kind == Choice::load ? 2U : 4U) << (calm_ ? 2 : 0);
  return (rng_.next32() & (one_in - 1)) == 0 ? 1 : 0;
}

}  // namespace poolproof
