// The automatic search, and what it is made of.
// Includes from below: adapter/atomics, models.
#include "portfolio.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "end_states.hpp"
#include "harness/base/process.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/models/model_memory.hpp"

namespace poolproof {
namespace {

using Kind = CheckSearch::Kind;
constexpr auto relaxed = std::memory_order_relaxed;

// Each actor adds 1 so many times, by a load and a weak CAS that it tries once.
class Adders final : public ModelTest {
 public:
  explicit Adders(unsigned times) : times_(times) {}
  void before() override { sum_.make(0U); }
  void actor(unsigned) override {
    for (unsigned i = 0; i != times_; ++i) {
      unsigned seen = sum_->load(relaxed);
      sum_->compare_exchange_weak(seen, seen + 1, relaxed, relaxed);
    }
  }
  void after() override {
    sum_at_end_ = sum_->load(relaxed);
    sum_.destroy();
  }
  std::uint64_t end_state() const override { return sum_at_end_; }

 private:
  const unsigned times_;
  unsigned sum_at_end_ = 0;
  ExecutionLocal<RelacyAtomic<unsigned>> sum_;
};

unsigned departures(const Schedule& schedule) {
  unsigned sum = 0;
  for (const Step& step : schedule) {
    const bool memory = step.kind == Step::Kind::load || step.kind == Step::Kind::spurious;
    sum += step.preemption || (memory && step.value != 0) ? 1 : 0;
  }
  return sum;
}

std::string name_of(const Schedule& schedule) {
  std::string name;
  for (const Step& step : schedule) {
    name += static_cast<char>('0' + static_cast<int>(step.kind));
    name += static_cast<char>('0' + step.value);
  }
  return name;
}

// All executions of two adders in which a tree search ends, by name, with their departures.
std::map<std::string, unsigned> executions_of(TreeStrategy::Bound bound) {
  TreeStrategy strategy(bound, 1);
  Adders adders(1);
  static ScheduleRecord record;
  std::map<std::string, unsigned> all;
  Limits limits{.stale_reads = StaleReads::one};
  limits.stop = [&](std::uint64_t) {
    const Schedule schedule = record.get();
    EXPECT_TRUE(all.emplace(name_of(schedule), departures(schedule)).second) << "twice";
    return false;
  };
  EXPECT_TRUE(explore(adders, 2, strategy, limits, &record).exhausted);
  return all;
}

TEST(Departures, AreAllExecutionsThatHaveSoFew) {
  const auto whole = executions_of(TreeStrategy::unlimited);
  for (unsigned most = 0; most != 6; ++most) {
    std::map<std::string, unsigned> wanted;
    for (const auto& one : whole) {
      if (one.second <= most) wanted.insert(one);
    }
    EXPECT_EQ(executions_of(TreeStrategy::Bound::departures(most)), wanted) << most;
  }
}

TEST(Departures, SayWhetherAHigherBoundHasMore) {
  Adders adders(1);
  const auto is_cut_short = [&](unsigned most) {
    TreeStrategy strategy(TreeStrategy::Bound::departures(most), 1);
    EXPECT_TRUE(explore(adders, 2, strategy, {.stale_reads = StaleReads::one}).exhausted);
    return strategy.is_cut_short();
  };
  EXPECT_TRUE(is_cut_short(0));
  EXPECT_TRUE(is_cut_short(1));
  EXPECT_FALSE(is_cut_short(20));
}

struct Searched {
  ModelResult result;
  bool covered = false;
  std::uint64_t wide = 0;  // executions
  SearchedPage page;
  std::vector<std::string> schedules;
  std::map<Kind, std::uint64_t> executions;

  const CheckSearched* find(const CheckSearch& search) const {
    for (std::uint32_t i = 0; i != page.size; ++i) {
      if (page.all[i].search == search) return &page.all[i];
    }
    return nullptr;
  }
};

Searched search(unsigned times, std::uint64_t executions, const Slice& slice = {},
                std::uint64_t seed = 1, bool widens = false) {
  Adders adders(times);
  Portfolio::Running running;
  Portfolio portfolio({.seed = seed,
                       .window = {},
                       .slice = slice,
                       .profile = profile_of(adders, 2),
                       .actors = 2,
                       .symmetric = true,
                       .scope = {2, 3, 3},
                       .widens = widens},
                      running);
  static ScheduleRecord record;
  Searched searched;
  Limits limits{.executions = executions};
  limits.stop = [&](std::uint64_t) {
    searched.schedules.push_back(name_of(record.get()));
    ++searched.executions[running.search.kind];
    searched.wide += running.is_wide ? 1 : 0;
    EXPECT_EQ(running.scope.rounds, running.is_wide ? 12u : 3u);
    return false;
  };
  searched.result = explore(adders, 2, portfolio, limits, &record);
  searched.covered = portfolio.covered();
  portfolio.report(searched.page);
  return searched;
}

constexpr std::uint64_t no_limit = ~std::uint64_t{0};

TEST(Portfolio, EndsWhenTheSpaceIsCovered) {
  const Searched small = search(2, no_limit);
  EXPECT_TRUE(small.result.exhausted);
  EXPECT_TRUE(small.covered);
  ExhaustiveStrategy alone({.symmetric = true});
  Adders adders(2);
  EXPECT_TRUE(explore(adders, 2, alone).exhausted);
  const std::uint64_t made = alone.executions() + alone.redundant();
  const CheckSearched* exhaustive = small.find({Kind::exhaustive, 1});
  ASSERT_NE(exhaustive, nullptr);
  EXPECT_TRUE(exhaustive->exhausted);
  EXPECT_EQ(exhaustive->executions, made);
  EXPECT_LE(small.result.executions, 3 * made + 2000);
}

TEST(Portfolio, DoesNotSpendItselfOnWhatHasNoEnd) {
  const Searched large = search(20, 20'000);
  EXPECT_FALSE(large.covered);
  EXPECT_LT(large.executions.at(Kind::exhaustive), 2000u);
  for (const Kind kind : {Kind::random, Kind::walk, Kind::pct, Kind::departures}) {
    EXPECT_GT(large.executions.at(kind), 500u);
  }
  // By which it says how sure it is.
  EXPECT_GT(large.find({Kind::pct, 3})->executions, 2000u);
}

TEST(Portfolio, GivesOneExecutionInSixtyFourToTheWiderScope) {
  EXPECT_EQ(search(20, 6400).wide, 0u);
  EXPECT_NEAR(static_cast<double>(search(20, 6400, {}, 1, true).wide), 100, 2);
  // Where all is covered soon, there are some all the same.
  const Searched small = search(2, no_limit, {}, 1, true);
  EXPECT_TRUE(small.covered);
  EXPECT_GE(small.wide, 2000u);
}

TEST(Portfolio, AWiderScopeIsPossible) {
  for (const Scope& scope : {Scope{2, 1, 1}, Scope{3, 3, 3}, Scope{4, 8, 100}}) {
    EXPECT_TRUE(is_possible(wider(scope)));
  }
}

TEST(Portfolio, GrowsTheBound) {
  const Searched large = search(20, 20'000);
  for (unsigned bound = 0; bound != 2; ++bound) {
    TreeStrategy alone(TreeStrategy::Bound::departures(bound), 1);
    Adders adders(20);
    EXPECT_TRUE(explore(adders, 2, alone).exhausted);
    const CheckSearched* departures = large.find({Kind::departures, bound});
    ASSERT_NE(departures, nullptr);
    EXPECT_TRUE(departures->exhausted);
    EXPECT_EQ(departures->executions, alone.executions());
  }
  EXPECT_FALSE(large.find({Kind::departures, 2})->exhausted);
}

TEST(Portfolio, MakesTheSameExecutionsForTheSameSeed) {
  const auto schedules = search(20, 5000).schedules;
  EXPECT_EQ(search(20, 5000).schedules, schedules);
  EXPECT_NE(search(20, 5000, {}, 2).schedules, schedules);
}

// What a part has covered may not be all: it goes on by chance, until it is told to stop.
TEST(Portfolio, PartsGoOnUntilAllAreDone) {
  for (std::uint64_t job = 0; job != 2; ++job) {
    const Searched part = search(2, 20'000, {.job = job, .jobs = 2});
    EXPECT_FALSE(part.result.exhausted);
    EXPECT_TRUE(part.covered);
    EXPECT_EQ(part.result.executions, 20'000u);
  }
}

TEST(EndStates, CountsStatesAndThoseSeenOnce) {
  const Shared<EndStates> states;
  EXPECT_EQ(states->count().chance_of_new(), 1);
  for (const std::uint64_t state : {7ULL, 0ULL, 7ULL, 7ULL, 0ULL, 9ULL, 1ULL << 40, 11ULL}) {
    states->add(state);
  }
  const EndStateCount count = states->count();
  EXPECT_EQ(count.executions, 8u);
  EXPECT_EQ(count.distinct, 5u);
  EXPECT_EQ(count.once, 3u);
  EXPECT_EQ(count.chance_of_new(), 3.0 / 8);
}

TEST(EndStates, SaysWhenThereAreMoreThanItCanCount) {
  const Shared<EndStates> states;
  for (std::uint64_t state = 0; state != 1'200'000; ++state) states->add(state);
  EXPECT_TRUE(states->count().overflowed);
  EXPECT_EQ(states->count().chance_of_new(), 1);
}

// Of two adders the sum is all there is to see: 2 states of one round, if no CAS fails for nothing.
TEST(EndStates, AreThoseOfTheModel) {
  Adders adders(1);
  std::set<std::uint64_t> all;
  ExhaustiveStrategy exhaustive({.spurious = 0});
  Limits limits;
  limits.stop = [&](std::uint64_t) {
    all.insert(adders.end_state());
    return false;
  };
  EXPECT_TRUE(explore(adders, 2, exhaustive, limits).exhausted);
  EXPECT_EQ(all, (std::set<std::uint64_t>{1, 2}));
}

}  // namespace
}  // namespace poolproof
