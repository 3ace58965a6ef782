// The reduction leaves nothing out: over many small generated programs, the exhaustive search
// reaches the same end states as searches that try every order of steps.
// Includes from below: adapter, models, search.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exhaustive_strategy.hpp"
#include "relacy/adapter/actor_registers.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/models/list_model.hpp"
#include "relacy/search/tree_strategy.hpp"
#include "test_programs.hpp"

namespace poolproof {
namespace {

struct Found {
  bool failed = false;
  std::set<std::string> states;  // until then
  std::uint64_t executions = 0;
};

// Nothing where it takes too many executions.
std::optional<Found> search(const Program& program, Strategy& strategy, StaleReads stale_reads,
                            bool alike = false) {
  constexpr std::uint64_t most = 60'000;
  Generated test(program, alike);
  test.keep_room();
  Found found;
  Limits limits{.executions = most, .stale_reads = stale_reads};
  limits.stop = [&](std::uint64_t) {
    found.states.insert(test.state());
    return false;
  };
  const ModelResult result = explore(test, program.actors, strategy, limits);
  found.failed = !result.passed;
  if (found.failed) {
    EXPECT_EQ(result.oracle, "race") << result.failure;
    EXPECT_TRUE(program.forgets);
    found.states.clear();
  }
  found.executions = result.executions;
  if (result.passed && !result.exhausted) return std::nullopt;
  return found;
}

// In order: with states told apart; without; with only those orders that steps demand.
struct Reduced {
  Found merged;
  Found orders;
  std::optional<Found> demanded;  // nothing: in that order, a race would take too many executions
};

Reduced reduced(const Program& program, StaleReads stale_reads, unsigned spurious,
                bool alike = false) {
  ExhaustiveStrategy::Rules rules{
      .stale_reads = stale_reads, .spurious = spurious, .symmetric = alike};
  ExhaustiveStrategy orders(rules);
  Reduced both;
  both.orders = search(program, orders, stale_reads, alike).value_or(Found());
  rules.dynamic = true;
  ExhaustiveStrategy demanded(rules);
  both.demanded = search(program, demanded, stale_reads, alike);
  VisitedStates states(program.objects == 1 ? 8 : 1 << 12);  // with less room than there are states
  rules.states = &states;
  rules.all_ends = true;
  ExhaustiveStrategy merged(rules);
  both.merged = search(program, merged, stale_reads, alike).value_or(Found());
  return both;
}

struct Compared {
  unsigned programs = 0;
  unsigned too_large = 0;
  std::uint64_t all = 0;  // executions
  std::uint64_t orders = 0;
  std::uint64_t merged = 0;
  std::uint64_t demanded = 0;
  std::uint64_t failed = 0;

  void add_merged(std::uint64_t number, const Reduced& with) {
    EXPECT_EQ(with.merged.failed, with.orders.failed) << "program " << number;
    EXPECT_EQ(with.merged.states, with.orders.states) << "program " << number;
    if (with.demanded) {
      EXPECT_EQ(with.demanded->failed, with.orders.failed) << "program " << number;
      EXPECT_EQ(with.demanded->states, with.orders.states) << "program " << number;
      demanded += with.demanded->executions;
    } else {
      EXPECT_TRUE(with.orders.failed) << "program " << number;
    }
    ++programs;
    failed += with.orders.failed ? 1 : 0;
    orders += with.orders.executions;
    merged += with.merged.executions;
  }
  // brute: by a search in every order.
  void add(std::uint64_t number, const std::optional<Found>& brute, const Reduced& with) {
    if (!brute) {
      ++too_large;
      return;
    }
    add_merged(number, with);
    all += brute->executions;
    EXPECT_EQ(with.orders.failed, brute->failed) << "program " << number;
    EXPECT_EQ(with.orders.states, brute->states) << "program " << number;
    if (brute->failed) return;
    EXPECT_LE(with.orders.executions, brute->executions) << "program " << number;
  }
  void print(const char* what) const {
    std::printf(
        "  %s: %u programs (%llu race), %u too large, %llu executions, with states %llu, as "
        "demanded %llu, instead of %llu\n",
        what, programs, static_cast<unsigned long long>(failed), too_large,
        static_cast<unsigned long long>(orders), static_cast<unsigned long long>(merged),
        static_cast<unsigned long long>(demanded), static_cast<unsigned long long>(all));
  }
};

std::uint64_t programs() {
  const char* wanted = std::getenv("POOLPROOF_PROGRAMS");
  return wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
}

TEST(Exhaustive, ReachesWhatTheFullSearchReaches) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate(number);
    TreeStrategy tree(TreeStrategy::unlimited, 1);
    compared.add(number, search(program, tree, StaleReads::one),
                 reduced(program, StaleReads::one, 0));
  }
  compared.print("full");
  EXPECT_GT(compared.programs, programs() / 2);
}

TEST(Exhaustive, ReachesWhatEveryOrderReaches) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate(number);
    const auto spurious = static_cast<unsigned>(number % 3);
    ExhaustiveStrategy every({.spurious = spurious, .reduce = false});
    compared.add(number, search(program, every, StaleReads::all),
                 reduced(program, StaleReads::all, spurious));
  }
  compared.print("every order");
  EXPECT_LT(compared.demanded, compared.orders);
  EXPECT_GT(compared.programs, programs() / 2);
}

TEST(Exhaustive, MergesOnlyWhatGoesOnAlike) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate_forgetful(number, true);
    const auto spurious = static_cast<unsigned>(number % 3);
    ExhaustiveStrategy every({.spurious = spurious, .reduce = false});
    compared.add(number, search(program, every, StaleReads::all),
                 reduced(program, StaleReads::all, spurious));
  }
  compared.print("forgetful");
  EXPECT_GT(compared.programs, programs() / 2);
  EXPECT_GT(compared.failed, programs() / 40);
}

// Larger ones, held against the search without states, which the other tests prove.
TEST(Exhaustive, MergesOnlyWhatGoesOnAlikeInLargerPrograms) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate_forgetful(number, false);
    const Reduced found = reduced(program, StaleReads::all, static_cast<unsigned>(number % 2));
    if (found.orders.executions != 0) compared.add_merged(number, found);
  }
  compared.print("larger");
  EXPECT_GT(compared.programs, programs() / 2);
  EXPECT_GT(compared.failed, programs() / 20);
  EXPECT_LT(compared.merged, compared.orders);
}

// So that nobody makes the search larger, or smaller, without noticing: see README.md.
TEST(Exhaustive, KnowsHowLargeAPlainListIs) {
  struct Size {
    Scope scope;
    unsigned spurious;
    std::uint64_t executions;
  };
  for (const Size& size : {Size{{2, 2, 1}, 0, 26}, Size{{2, 2, 2}, 0, 6'428},
                           Size{{3, 3, 1}, 0, 19'698}, Size{{2, 2, 1}, 1, 422}}) {
    ListModel list(size.scope);
    ExhaustiveStrategy strategy({.spurious = size.spurious, .symmetric = true});
    const ModelResult result = explore(list, size.scope.actors, strategy);
    EXPECT_TRUE(result.passed && result.exhausted);
    EXPECT_EQ(strategy.executions(), size.executions);
  }
}

// Nor the states: of orders there are 2.6 million, a quarter of them redundant. How many executions
// it takes to see all states depends on how a compiler lays out the actors' stacks.
TEST(Exhaustive, KnowsHowFewStatesAPlainListHas) {
  if (!can_take_registers) return;
  const Scope scope{2, 2, 3};
  ListModel list(scope);
  VisitedStates states;
  ExhaustiveStrategy strategy({.spurious = 0, .symmetric = true, .states = &states});
  const ModelResult result = explore(list, scope.actors, strategy);
  EXPECT_TRUE(result.passed && result.exhausted);
  EXPECT_LT(result.executions, 40'000u);
}

// Shards, of which each is cut into as many jobs as it likes, on programs that are cut into pieces.
TEST(Exhaustive, PartsAreTheWholeWithoutOverlap) {
  constexpr ExhaustiveStrategy::Rules rules{.symmetric = true};
  constexpr ExhaustiveStrategy::Rules sliced{.symmetric = true, .pieces = 8};
  unsigned compared = 0;
  for (std::uint64_t number = 1; compared != 10 && !HasFailure(); ++number) {
    const Program program = generate(number, true);
    ExhaustiveStrategy whole(rules);
    const Found all = search(program, whole, StaleReads::all, true).value_or(Found());
    if (all.executions < 200) continue;
    ++compared;
    Found parts;
    double share = 0;
    for (std::uint64_t shard = 0; shard != 3; ++shard) {
      for (std::uint64_t job = 0; job != 1 + shard; ++job) {
        ExhaustiveStrategy part(sliced, {shard, 3, job, 1 + shard});
        parts.states.merge(search(program, part, StaleReads::all, true).value_or(Found()).states);
        parts.executions += part.executions() + part.redundant();
        share += part.share();
        EXPECT_LT(part.executions(), whole.executions());
      }
    }
    EXPECT_EQ(parts.states, all.states) << "program " << number;
    EXPECT_EQ(parts.executions, all.executions) << "program " << number;
    EXPECT_NEAR(share, 1, 1e-9) << "program " << number;
    EXPECT_NEAR(whole.share(), 1, 1e-9) << "program " << number;
  }
}

TEST(Exhaustive, LeavesOutOnlyActorsThatAreAlike) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() / 2 && !HasFailure(); ++number) {
    const Program program = generate(number, true);
    TreeStrategy tree(TreeStrategy::unlimited, 1);
    compared.add(number, search(program, tree, StaleReads::one, true),
                 reduced(program, StaleReads::one, 0, true));
  }
  compared.print("alike");
  EXPECT_GT(compared.programs, programs() / 6);
}

}  // namespace
}  // namespace poolproof
