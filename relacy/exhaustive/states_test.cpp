// States seen before: what the table may forget and what not; and that on real pools, whatever is
// left out because of it was known: the same end states, the same verdicts.
// Includes from below: models, search.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "exhaustive_strategy.hpp"
#include "harness/base/process.hpp"
#include "harness/base/rng.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/search/tree_strategy.hpp"
#include "visited_states.hpp"

namespace poolproof {
namespace {

StateKey state(std::uint64_t number) {
  StateHash hash;
  hash.add(number);
  return hash.key();
}
constexpr VisitedStates::TriedStores tried(unsigned first, unsigned second) {
  VisitedStates::TriedStores both;
  both.set(0, first);
  both.set(1, second);
  return both;
}

constexpr unsigned all = VisitedStates::most_tried;

TEST(VisitedStates, SaysWhatWasTried) {
  VisitedStates states(8);
  EXPECT_EQ(states.find(state(1)).bits(), 0);
  states.add(state(1), {}, tried(1, all));
  EXPECT_EQ(states.find(state(1)).of(0), 1u);
  EXPECT_EQ(states.find(state(1)).of(1), all);
  states.add(state(3), {}, tried(all - 1, 2));
  EXPECT_EQ(states.find(state(3)).of(0), 2u);  // it keeps no more
  EXPECT_EQ(states.find(state(2)).bits(), 0);
}

// Two searches that know nothing of each other have not tried what both of them left out.
TEST(VisitedStates, AddsUpOnlyWhatWasKnown) {
  VisitedStates states(8);
  states.add(state(1), {}, tried(all, 0));
  states.add(state(1), {}, tried(0, all));
  EXPECT_EQ(states.find(state(1)).bits(), tried(all, 0).bits());
  states.add(state(1), tried(all, 0), tried(all, all));
  EXPECT_EQ(states.find(state(1)).bits(), tried(all, all).bits());
  states.add(state(1), {}, tried(1, 0));
  EXPECT_EQ(states.find(state(1)).bits(), tried(all, all).bits());
}

TEST(VisitedStates, ForgetsButMakesNothingUp) {
  constexpr std::uint64_t many = 300'000;
  VisitedStates states(1 << 16);
  const auto of = [](std::uint64_t n) {
    return tried(static_cast<unsigned>(n % 2 + 1), n % 3 == 0 ? all : static_cast<unsigned>(n % 3));
  };
  std::uint64_t found = 0;
  for (std::uint64_t n = 0; n != many; ++n) states.add(state(n), {}, of(n));
  for (std::uint64_t n = 0; n != 2 * many; ++n) {
    const VisitedStates::TriedStores known = states.find(state(n));
    if (known.bits() == 0) continue;
    ++found;
    ASSERT_LT(n, many);
    ASSERT_EQ(known.bits(), of(n).bits());
  }
  EXPECT_GT(found, 1u << 16);
}

TEST(VisitedStates, KnowsWhatAnotherProcessHasTried) {
  VisitedStates states(1 << 12);
  Process child([&] { states.add(state(7), {}, tried(2, 1)); });
  ASSERT_TRUE(child.wait(std::chrono::seconds(20)));
  EXPECT_EQ(states.find(state(7)).bits(), tried(2, 1).bits());
}

struct Searched {
  bool ended = false;
  std::string oracle;  // that failed
  std::set<std::uint64_t> ends;
  std::uint64_t executions = 0;
};

Searched search(const std::string& allocator, const std::string& scenario, const Scope& scope,
                Strategy& strategy, StaleReads stale_reads, std::uint64_t most) {
  const auto model = make_model(allocator, scenario, scope);
  Searched searched;
  Limits limits{.executions = most, .stale_reads = stale_reads};
  limits.stop = [&](std::uint64_t) {
    searched.ends.insert(model->end_state());
    return false;
  };
  const ModelResult result = explore(*model, scope.actors, strategy, limits);
  searched.ended = result.exhausted || !result.passed;
  searched.oracle = result.oracle;
  searched.executions = result.executions;
  return searched;
}

ExhaustiveStrategy::Rules rules_of(StaleReads stale_reads, unsigned spurious,
                                   VisitedStates* states) {
  return {.stale_reads = stale_reads, .spurious = spurious, .states = states, .all_ends = true};
}

struct Sums {
  unsigned compared = 0;
  std::uint64_t with = 0;  // executions
  std::uint64_t without = 0;

  void compare(const std::string& what, const Searched& with_states, const Searched& reference) {
    if (!reference.ended || !with_states.ended) return;
    ++compared;
    EXPECT_EQ(with_states.oracle.empty(), reference.oracle.empty()) << what;
    if (!reference.oracle.empty()) return;
    EXPECT_EQ(with_states.ends, reference.ends) << what;
    with += with_states.executions;
    without += reference.executions;
  }
  void print(const char* what) const {
    std::printf("  %s: %u compared, %llu executions instead of %llu\n", what, compared,
                static_cast<unsigned long long>(with), static_cast<unsigned long long>(without));
  }
};

// Each search makes at most so many. Nightly, where POOLPROOF_PROGRAMS is set, more come to an end.
std::uint64_t most_executions() {
  return std::getenv("POOLPROOF_PROGRAMS") == nullptr ? 4000 : 15'000;
}

constexpr const char* pools[] = {"locked", "lockless", "deferred", "specimen.no_nonce",
                                 "specimen.unsafe_splice"};
constexpr const char* scenarios[] = {"churn", "random", "shared_bucket", "batch", "bulk", "mixed"};

// Wherever Relacy's own full search comes to its end: two actors with a block each.
TEST(States, EndAsTheFullSearchEnds) {
  Sums sums;
  for (const char* pool : pools) {
    for (const char* scenario : scenarios) {
      const Scope scope{2, 1, 1};
      TreeStrategy full(TreeStrategy::unlimited, 1);
      VisitedStates states(1 << 16);
      ExhaustiveStrategy merged(rules_of(StaleReads::one, 0, &states));
      const std::string what = std::string(pool) + ' ' + scenario;
      sums.compare(what, search(pool, scenario, scope, merged, StaleReads::one, most_executions()),
                   search(pool, scenario, scope, full, StaleReads::one, 5 * most_executions()));
    }
  }
  sums.print("full search");
  EXPECT_GE(sums.compared, 5u);
}

TEST(States, EndAsTheSearchWithoutStatesEnds) {
  Sums sums;
  for (const char* pool : pools) {
    for (const char* scenario : scenarios) {
      for (const Scope& scope : {Scope{2, 1, 1}, Scope{2, 2, 1}}) {
        for (const unsigned spurious : {0U, 1U}) {
          VisitedStates states(1 << 16);
          ExhaustiveStrategy merged(rules_of(StaleReads::all, spurious, &states));
          ExhaustiveStrategy orders(rules_of(StaleReads::all, spurious, nullptr));
          const std::string what = std::string(pool) + ' ' + scenario;
          sums.compare(what,
                       search(pool, scenario, scope, merged, StaleReads::all, most_executions()),
                       search(pool, scenario, scope, orders, StaleReads::all, most_executions()));
        }
      }
    }
  }
  sums.print("search without states");
  EXPECT_GE(sums.compared, 50u);
  EXPECT_LT(sums.with, sums.without);
}

// Three actors at one mutex: one of them waits in most states.
TEST(States, AreKnownWhereAnActorWaitsForAMutex) {
  const Scope scope{3, 3, 1};
  VisitedStates states(1 << 16);
  ExhaustiveStrategy merged(rules_of(StaleReads::all, 0, &states));
  ExhaustiveStrategy orders(rules_of(StaleReads::all, 0, nullptr));
  const Searched with = search("locked", "churn", scope, merged, StaleReads::all, 100'000);
  const Searched without = search("locked", "churn", scope, orders, StaleReads::all, 100'000);
  std::printf("  %llu executions instead of %llu\n",
              static_cast<unsigned long long>(with.executions),
              static_cast<unsigned long long>(without.executions));
  ASSERT_TRUE(with.ended);
  ASSERT_TRUE(without.ended);
  EXPECT_EQ(with.ends, without.ends);
  EXPECT_LT(with.executions, without.executions / 20) << "no state with a waiting actor was known";
}

}  // namespace
}  // namespace poolproof
