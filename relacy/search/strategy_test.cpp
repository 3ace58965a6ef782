// The strategies, on small programs whose executions can be counted.
// Includes from below: adapter/atomics, models, replay.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "handover_strategy.hpp"
#include "pct_strategy.hpp"
#include "pos_strategy.hpp"
#include "random_strategy.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/replay/shrink.hpp"
#include "selective_strategy.hpp"
#include "tree_strategy.hpp"
#include "walk_strategy.hpp"

namespace poolproof {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Each actor adds 1 so many times: by one access each, or by a load and a store, which loses some.
class Adders final : public ModelTest {
 public:
  Adders(unsigned actors, unsigned times, bool atomically)
      : actors_(actors), times_(times), atomically_(atomically) {}
  void before() override { sum_.make(0U); }
  void actor(unsigned) override {
    for (unsigned i = 0; i != times_; ++i) {
      if (atomically_) {
        sum_->fetch_add(1, relaxed);
      } else {
        sum_->store(sum_->load(relaxed) + 1, relaxed);
      }
    }
  }
  void after() override {
    require(sum_->load(relaxed) == actors_ * times_, "sum", "the sum is wrong");
    sum_.destroy();
  }

 private:
  const unsigned actors_;
  const unsigned times_;
  const bool atomically_;
  ExecutionLocal<RelacyAtomic<unsigned>> sum_;
};

// An execution by its choices.
std::string name_of(const ScheduleRecord& record) {
  std::string name;
  for (const Step& step : record.get()) {
    name += static_cast<char>('0' + static_cast<int>(step.kind));
    name += static_cast<char>('0' + step.value);
  }
  return name;
}

// The executions of the adders in which a strategy ends, by name; each must be another.
std::set<std::string> executions_of(Strategy& strategy, unsigned actors, unsigned times,
                                    unsigned most_preemptions = ~0U) {
  Adders adders(actors, times, true);
  static ScheduleRecord record;
  std::set<std::string> names;
  Limits limits{.stale_reads = StaleReads::one};
  const auto note = [&](std::uint64_t) {
    EXPECT_TRUE(names.insert(name_of(record)).second) << "twice: " << name_of(record);
    EXPECT_LE(preemptions(record.get()), most_preemptions);
    return false;
  };
  limits.stop = note;
  const ModelResult result = explore(adders, actors, strategy, limits, &record);
  EXPECT_TRUE(result.exhausted) << result.failure;
  return names;
}

std::set<std::string> tree(unsigned preemptions, unsigned actors, unsigned times,
                           std::uint64_t seed = 1) {
  TreeStrategy strategy(preemptions, seed);
  auto names = executions_of(strategy, actors, times, preemptions);
  EXPECT_EQ(names.size(), strategy.executions());
  EXPECT_NEAR(strategy.share(), 1, 1e-9);
  return names;
}

// k accesses cut an actor into k + 1 steps, so the schedules of n actors are the multinomial of
// n times k + 1.
TEST(TreeStrategy, FullSearchIsAllSchedulesOnceEach) {
  EXPECT_EQ(tree(TreeStrategy::unlimited, 2, 1).size(), 6u);     // 4! / 2!^2
  EXPECT_EQ(tree(TreeStrategy::unlimited, 2, 3).size(), 70u);    // 8! / 4!^2
  EXPECT_EQ(tree(TreeStrategy::unlimited, 3, 2).size(), 1680u);  // 9! / 3!^3
}

TEST(TreeStrategy, BoundedSearchIsThoseWithSoManyPreemptions) {
  EXPECT_EQ(tree(0, 3, 2).size(), 6u);
  std::set<std::string> most = tree(TreeStrategy::unlimited, 3, 2);
  for (const unsigned bound : {0U, 1U, 2U, 3U}) {
    const auto names = tree(bound, 3, 2);
    EXPECT_LT(names.size(), most.size());
    EXPECT_TRUE(std::includes(most.begin(), most.end(), names.begin(), names.end()));
  }
}

TEST(TreeStrategy, TheSeedChangesTheOrderAlone) {
  const auto names = tree(2, 3, 2, 1);
  for (std::uint64_t seed = 2; seed != 8; ++seed) EXPECT_EQ(tree(2, 3, 2, seed), names);
}

// Adds the executions of one slice to all; returns how many there were.
std::uint64_t add_part(const Slice& slice, std::set<std::string>& all) {
  TreeStrategy strategy(3, 1, slice);
  Adders adders(3, 2, true);
  static ScheduleRecord record;
  std::uint64_t before = 0;
  Limits limits{.stale_reads = StaleReads::one};
  limits.stop = [&](std::uint64_t) {
    if (strategy.executions() != before) all.insert(name_of(record));
    before = strategy.executions();
    return false;
  };
  EXPECT_TRUE(explore(adders, 3, strategy, limits, &record).exhausted);
  return strategy.executions();
}

TEST(TreeStrategy, PartsAreTheWholeWithoutOverlap) {
  const auto whole = tree(3, 3, 2);
  for (const std::uint64_t of : {2U, 3U, 7U, 50U}) {
    std::set<std::string> all;
    std::uint64_t counted = 0;
    for (std::uint64_t number = 0; number != of; ++number) {
      counted += add_part({.shard = number, .shards = of}, all);
    }
    EXPECT_EQ(all, whole) << of;
    EXPECT_EQ(counted, whole.size()) << of;
  }
}

// Shards, of which each is cut into as many jobs as it likes.
TEST(TreeStrategy, PartsOfPartsAreTheWholeWithoutOverlap) {
  const auto whole = tree(3, 3, 2);
  std::set<std::string> all;
  std::uint64_t counted = 0;
  for (std::uint64_t shard = 0; shard != 3; ++shard) {
    const std::uint64_t jobs = 1 + 2 * shard;
    for (std::uint64_t job = 0; job != jobs; ++job) {
      counted += add_part({shard, 3, job, jobs}, all);
    }
  }
  EXPECT_EQ(all, whole);
  EXPECT_EQ(counted, whole.size());
}

// How often each schedule comes, of actors with the same number of independent steps.
std::multiset<std::string> sample(Strategy& strategy, unsigned actors = 2, unsigned times = 3) {
  Adders adders(actors, times, true);
  static ScheduleRecord record;
  std::multiset<std::string> names;
  Limits limits;
  limits.stop = [&](std::uint64_t) {
    names.insert(name_of(record));
    return false;
  };
  EXPECT_TRUE(explore(adders, actors, strategy, limits, &record).exhausted);
  return names;
}

std::multiset<std::string> window(std::uint64_t seed, const RandomStrategy::Window& window) {
  RandomStrategy strategy(seed, window, false);
  return sample(strategy, 3, 2);
}

TEST(RandomStrategy, StridesAreTheWholeWindow) {
  const auto whole = window(7, {.last = 500});
  EXPECT_EQ(whole.size(), 500u);
  EXPECT_EQ(whole, window(7, {.last = 500}));
  EXPECT_NE(whole, window(8, {.last = 500}));
  std::multiset<std::string> all;
  for (std::uint64_t first = 1; first != 4; ++first) {
    all.merge(window(7, {.first = first, .stride = 3, .last = 500}));
  }
  EXPECT_EQ(all, whole);
}

TEST(RandomStrategy, ReachesEverySchedule) {
  const auto names = window(1, {.last = 200'000});
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 1680u);
}

StepProfile adders_profile() {
  Adders adders(2, 3, true);
  return profile_of(adders, 2);
}

TEST(WalkStrategy, TakesEveryScheduleEquallyOften) {
  EXPECT_EQ(adders_profile().steps, (std::array<std::uint32_t, ModelTest::most_actors>{4, 4}));
  constexpr int each = 1000;
  WalkStrategy walk(1, {.last = 70 * each}, adders_profile(), false);
  const auto names = sample(walk);
  const std::set<std::string> different(names.begin(), names.end());
  EXPECT_EQ(different.size(), 70u);
  // Five standard deviations; of the random search, some schedules come ten times as often.
  for (const std::string& name : different) {
    EXPECT_NEAR(static_cast<double>(names.count(name)), double{each}, 160) << name;
  }
}

TEST(PctStrategy, HasFewerPreemptionsThanItsDepth) {
  for (unsigned depth = 1; depth != 5; ++depth) {
    PctStrategy pct(1, {.last = 20'000}, depth, adders_profile());
    Adders adders(2, 3, true);
    static ScheduleRecord record;
    std::set<std::string> names;
    Limits limits;
    limits.stop = [&](std::uint64_t) {
      names.insert(name_of(record));
      EXPECT_LT(preemptions(record.get()), depth);
      return false;
    };
    explore(adders, 2, pct, limits, &record);
    // All that there are with so few preemptions.
    EXPECT_EQ(names.size(), tree(depth - 1, 2, 3).size()) << depth;
  }
  EXPECT_DOUBLE_EQ(PctStrategy::chance(3, 100, 3), 1.0 / 30'000);
}

TEST(SampledStrategies, StridesAreTheWholeWindow) {
  const auto check = [](auto make) {
    const auto all = [&](const SampleWindow& part) { return sample(*make(part)); };
    const auto whole = all({.last = 500});
    EXPECT_EQ(whole.size(), 500u);
    std::multiset<std::string> merged;
    for (std::uint64_t first = 1; first != 4; ++first) {
      merged.merge(all({.first = first, .stride = 3, .last = 500}));
    }
    EXPECT_EQ(merged, whole);
  };
  check([](const SampleWindow& part) {
    return std::make_unique<WalkStrategy>(7, part, adders_profile());
  });
  check([](const SampleWindow& part) {
    return std::make_unique<PctStrategy>(7, part, 3, adders_profile());
  });
  check([](const SampleWindow& part) { return std::make_unique<PosStrategy>(7, part); });
  check([](const SampleWindow& part) { return std::make_unique<HandoverStrategy>(7, part); });
  check([](const SampleWindow& part) {
    return std::make_unique<SelectiveStrategy>(7, part, adders_profile());
  });
}

// Two actors that access one object, and the second accesses another before each of these.
class Orders final : public ModelTest {
 public:
  Orders(unsigned times, unsigned aside) : times_(times), aside_(aside) {}
  void before() override {
    shared_.make(0U);
    own_.make(0U);
    size_ = 0;
  }
  void actor(unsigned index) override {
    for (unsigned i = 0; i != times_; ++i) {
      for (unsigned k = 0; index == 1 && k != aside_; ++k) own_->fetch_add(1, relaxed);
      shared_->fetch_add(1, relaxed);
      order_.at(size_++) = static_cast<char>('0' + index);
    }
  }
  void after() override {
    shared_.destroy();
    own_.destroy();
  }
  // In which order they came to the object in the last execution.
  std::string order() const { return {order_.data(), size_}; }

 private:
  const unsigned times_;
  const unsigned aside_;
  std::array<char, 16> order_{};
  std::size_t size_ = 0;
  ExecutionLocal<RelacyAtomic<unsigned>> shared_;
  ExecutionLocal<RelacyAtomic<unsigned>> own_;
};
std::multiset<std::string> orders_of(Orders& orders, Strategy& strategy) {
  std::multiset<std::string> all;
  Limits limits;
  limits.stop = [&](std::uint64_t) {
    all.insert(orders.order());
    return false;
  };
  EXPECT_TRUE(explore(orders, 2, strategy, limits).exhausted);
  return all;
}

TEST(PosStrategy, ManyStepsAsideDoNotDecideARace) {
  Orders orders(1, 12);
  PosStrategy pos(1, {.last = 20'000}, false);
  // The first actor, which begins and then comes to the object, stays behind fourteen steps of the
  // other in about one execution in eight; with a coin at each step, in some of 2^14.
  const auto overtaken = orders_of(orders, pos).count("10");
  EXPECT_GT(overtaken, 20'000U / 12);
  EXPECT_LT(overtaken, 20'000U / 6);
}

TEST(HandoverStrategy, TwoTakeTurnsForLong) {
  Orders orders(8, 0);
  HandoverStrategy handover(1, {.last = 2000}, false);
  const auto all = orders_of(orders, handover);
  // By a coin at each step about one execution of 2^14 would be so.
  EXPECT_GT(all.count("0101010101010101") + all.count("1010101010101010"), 500U);
  // And it can do otherwise.
  EXPECT_GT(std::set<std::string>(all.begin(), all.end()).size(), 100U);
}

TEST(SelectiveStrategy, TakesEveryOrderAtAnObjectEquallyOften) {
  Orders orders(3, 4);
  const StepProfile profile = profile_of(orders, 2);
  ASSERT_EQ(profile.shared.size(), 1U);
  EXPECT_EQ(profile.shared[0].accesses[0], 3U);
  EXPECT_EQ(profile.shared[0].accesses[1], 3U);
  constexpr int each = 1000;
  SelectiveStrategy selective(1, {.last = 20 * each}, profile, false);
  const auto all = orders_of(orders, selective);
  const std::set<std::string> different(all.begin(), all.end());
  EXPECT_EQ(different.size(), 20U);             // 6! / 3!^2
  for (const std::string& order : different) {  // five standard deviations
    EXPECT_NEAR(static_cast<double>(all.count(order)), double{each}, 160) << order;
  }
}

ModelResult failure(Strategy& strategy) {
  Adders adders(3, 2, false);
  return explore(adders, 3, strategy);
}

TEST(ReplayStrategy, AFailureFailsAgain) {
  for (std::uint64_t seed = 1; seed != 20; ++seed) {
    RandomStrategy random(seed, {});
    const ModelResult first = failure(random);
    EXPECT_EQ(first.oracle, "sum");
    ReplayStrategy replay(first.schedule);
    const ModelResult again = failure(replay);
    EXPECT_EQ(again.executions, 1u);
    EXPECT_EQ(again.oracle, "sum");
    EXPECT_EQ(again.schedule, first.schedule);
    EXPECT_TRUE(replay.fits());
  }
}

TEST(ReplayStrategy, SaysWhenItDoesNotFit) {
  ReplayStrategy no_such_actor(Schedule{{.value = 3, .is_default = false}});
  EXPECT_TRUE(failure(no_such_actor).passed);
  EXPECT_FALSE(no_such_actor.fits());
  ReplayStrategy too_long(Schedule(1000, Step{}));
  EXPECT_TRUE(failure(too_long).passed);
  EXPECT_FALSE(too_long.fits());
  ReplayStrategy plain{Schedule()};
  EXPECT_TRUE(failure(plain).passed);
  EXPECT_TRUE(plain.fits());
}

TEST(Shrink, ALostUpdateNeedsOneStaleReadOrOnePreemption) {
  for (std::uint64_t seed = 1; seed != 5; ++seed) {
    RandomStrategy random(seed, {});
    const ModelResult first = failure(random);
    FoundFailure best{{.actors = 3, .blocks = 1, .rounds = 2}, first.schedule, "", ""};
    const auto make = [](const Scope& scope) {
      return std::make_unique<Adders>(scope.actors, scope.rounds, false);
    };
    shrink(make, best, {}, std::chrono::steady_clock::now() + std::chrono::seconds(20),
           [&](const FoundFailure& better) { best = better; });
    EXPECT_EQ(best.scope.actors, 2u);
    EXPECT_EQ(best.scope.rounds, 1u);
    EXPECT_LE(cost(best.schedule), 18u);
    EXPECT_EQ(best.oracle, "sum");
  }
}

}  // namespace
}  // namespace poolproof
