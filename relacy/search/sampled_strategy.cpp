#include "sampled_strategy.hpp"

#include <algorithm>
#include <map>

#include "pending_accesses.hpp"
#include "random_strategy.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

namespace {

constexpr std::uint32_t profiled_executions = 50;

// The random search, and how often each actor accesses which object in it.
class CountingStrategy final : public Strategy {
 public:
  bool begin() override {
    pending_.begin();
    return random_.begin();
  }
  unsigned next_actor(const Situation& situation) override {
    pending_.note(situation);
    const unsigned chosen = random_.next_actor(situation);
    const Access& access = pending_.of(chosen);
    if (access.is_to_object()) ++accesses_[access.object][chosen];
    return chosen;
  }
  std::uint32_t choose(std::uint32_t n, Choice kind) override { return random_.choose(n, kind); }
  bool has_fine_steps() const override { return random_.has_fine_steps(); }

  std::vector<ObjectAccesses> shared() const {
    std::vector<ObjectAccesses> all;
    for (auto [object, accesses] : accesses_) {
      if (std::count(accesses.begin(), accesses.end(), 0U) + 1 >= std::ssize(accesses)) continue;
      for (std::uint32_t& count : accesses) {
        count = (count + profiled_executions - 1) / profiled_executions;
      }
      all.push_back({object, accesses});
    }
    return all;
  }

 private:
  RandomStrategy random_{1, {.last = profiled_executions}};
  PendingAccesses pending_;
  std::map<std::uint32_t, std::array<std::uint32_t, ModelTest::most_actors>> accesses_;
};

}  // namespace

StepProfile profile_of(ModelTest& test, unsigned actors, ScheduleRecord* record,
                       const std::function<bool()>& stop) {
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
  CountingStrategy random;
  Limits limits;
  limits.stop = [&](std::uint64_t) {
    const Schedule schedule = record->get();
    const bool over = stop && stop();
    if (has_fine_steps(schedule)) return over;
    const auto steps = std::count_if(schedule.begin(), schedule.end(), [](const Step& step) {
      return step.kind == Step::Kind::actor;
    });
    profile.most = std::max(profile.most, static_cast<std::uint32_t>(steps));
    return over;
  };
  explore(test, actors, random, limits, record);
  profile.shared = random.shared();
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
