#include "shrink.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "editable_schedule.hpp"
#include "relacy/search/random_strategy.hpp"
#include "tries.hpp"

namespace poolproof {

namespace {

// Shrinking ends when it has gained nothing for that long: a livelock has thousands of steps, and
// almost every mutation of it is another livelock.
constexpr std::chrono::seconds timeout(4);

// All simple mutations of a schedule, then a number of random ones.
class Candidates final : public EditedStrategy {
 public:
  Candidates(const EditableSchedule& best, std::uint32_t random, Rng& rng)
      : best_(best), simple_(simple_mutations(best)), random_(random), rng_(rng) {}

  bool begin() override {
    if (next_ == simple_ + random_) return false;
    follow(next_ < simple_ ? mutated(best_, next_) : mutated(best_, rng_));
    ++next_;
    return true;
  }

 private:
  const EditableSchedule best_;
  const std::size_t simple_;
  const std::size_t random_;
  Rng& rng_;
  std::size_t next_ = 0;
};

// The choices led elsewhere, or to what the model cannot do.
bool is_no_failure(const ModelResult& result) {
  return result.oracle == "nondeterminism" || result.oracle == "unsupported" ||
         result.oracle == "threads";
}

class Shrinker {
 public:
  Shrinker(const MakeModel& make, FoundFailure failure, const ShrinkRules& rules,
           Clock::time_point deadline, const std::function<void(const FoundFailure&)>& better)
      : make_(make),
        best_(std::move(failure)),
        deadline_(deadline),
        better_(better),
        fatal_(rules.fatal),
        tries_({.stale_reads = rules.stale_reads,
                .memory = rules.memory,
                .stop_one_actor = rules.stop_one_actor,
                .stop = [this](std::uint64_t) { return over(); }},
               deadline, rules.fatal) {}

  void run() {
    model_ = make_(best_.scope);
    if (fatal_ && !fails_again()) return;
    if (has_fine_steps(best_.schedule)) coarsen(3'000);
    if (!fatal_) simplify(few);
    shrink_scope(3'000);
    simplify(many());
    if (best_.schedule.size() > readable) shrink_scope(30'000);
    simplify(many());
  }

 private:
  static constexpr std::size_t readable = 60;  // steps
  static constexpr std::uint32_t few = 200;    // random mutations

  // A try in a child takes a hundred times as long.
  std::uint32_t many() const { return fatal_ ? few : 3'000; }

  bool over() const { return Clock::now() >= std::min(deadline_, last_gain_ + timeout); }

  bool fails_again() {
    ReplayStrategy again(best_.schedule);
    return is_failure(tries_.explore(*model_, best_.scope.actors, again));
  }

  bool is_failure(const ModelResult& result) const {
    return !result.passed && !is_no_failure(result) && (!fatal_ || result.oracle == best_.oracle);
  }

  // Goes on without fine steps, if this number of executions finds a failure so.
  void coarsen(std::uint64_t executions) {
    RandomStrategy random(1, {.last = executions}, false);
    const ModelResult result = tries_.explore(*model_, best_.scope.actors, random);
    if (is_failure(result)) accept(best_.scope, result);
  }

  // Goes on with the smallest scope in which this number of executions finds a failure.
  void shrink_scope(std::uint64_t executions) {
    for (const Scope& scope : smaller_scopes(best_.scope)) {
      if (over()) return;
      std::unique_ptr<ModelTest> model = make_(scope);
      if (model == nullptr) continue;  // there is no such scope
      RandomStrategy random(scope.actors * 100 + scope.blocks * 10 + scope.rounds,
                            {.last = executions}, has_fine_steps(best_.schedule));
      const ModelResult result = tries_.explore(*model, scope.actors, random);
      if (!is_failure(result)) continue;
      model_ = std::move(model);
      accept(scope, result);
      return;
    }
  }

  static std::vector<Scope> smaller_scopes(const Scope& scope) {
    std::vector<Scope> scopes;
    for (std::uint32_t actors = 2; actors <= scope.actors; ++actors) {
      for (std::uint32_t blocks = 1; blocks <= scope.blocks; ++blocks) {
        for (std::uint32_t rounds = 1; rounds <= scope.rounds; ++rounds) {
          scopes.push_back({actors, blocks, rounds});
        }
      }
    }
    scopes.pop_back();  // it is scope itself
    const auto size = [](const Scope& s) { return s.actors * s.rounds; };
    std::stable_sort(scopes.begin(), scopes.end(),
                     [size](const auto& a, const auto& b) { return size(a) < size(b); });
    return scopes;
  }

  // Ends when no simple mutation, and none of a number of random ones, makes it simpler.
  void simplify(std::uint32_t random) {
    bool again = true;
    while (again && !over()) {
      again = false;
      Candidates candidates(EditableSchedule(best_.schedule), random, rng_);
      while (!again && !over()) {
        const ModelResult result = tries_.explore(*model_, best_.scope.actors, candidates);
        if (ended(result)) break;
        if (is_failure(result) && cost(result.schedule) < cost(best_.schedule)) {
          accept(best_.scope, result);
          again = true;
        }
      }
    }
  }

  // Are there no more candidates? A child that has died leaves some.
  bool ended(const ModelResult& result) const {
    if (!fatal_) return result.passed || is_no_failure(result);
    return result.exhausted;
  }

  void accept(const Scope& scope, const ModelResult& result) {
    const bool gain = cost(result.schedule) * 8 < cost(best_.schedule) * 7;
    if (gain || scope.actors != best_.scope.actors) last_gain_ = Clock::now();
    best_ = {scope, result.schedule, result.oracle, result.failure};
    better_(best_);
  }

  const MakeModel& make_;
  FoundFailure best_;
  const Clock::time_point deadline_;
  const std::function<void(const FoundFailure&)>& better_;
  Clock::time_point last_gain_ = Clock::now();
  const bool fatal_;
  Tries tries_;
  std::unique_ptr<ModelTest> model_;
  Rng rng_{1, 1};
};

}  // namespace

namespace {

// People follow a preemption more easily than a CAS that fails spuriously.
unsigned cost(const Step& step) noexcept {
  switch (step.kind) {
    case Step::Kind::actor:
      return step.preemption ? 21 : 1;
    case Step::Kind::load:
      return step.is_default ? 0 : 12;
    case Step::Kind::spurious:
      return step.is_default ? 0 : 22;
    case Step::Kind::user:
    case Step::Kind::fine:
      break;
  }
  return step.value * 2U;
}

}  // namespace

unsigned cost(const Schedule& schedule) noexcept {
  unsigned sum = 0;
  for (const Step& step : schedule) sum += cost(step);
  return sum;
}

void shrink(const MakeModel& make, FoundFailure failure, const ShrinkRules& rules,
            Clock::time_point deadline, const std::function<void(const FoundFailure&)>& better) {
  Shrinker(make, std::move(failure), rules, deadline, better).run();
}

}  // namespace poolproof
