// Generated programs: what the engine shows, against what C++20 allows. POOLPROOF_PROGRAMS says how
// many.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "generate.hpp"
#include "judge.hpp"
#include "shown.hpp"

namespace poolproof::judge {
namespace {

std::uint64_t programs() {
  const char* wanted = std::getenv("POOLPROOF_PROGRAMS");
  return wanted == nullptr ? 3000 : std::strtoull(wanted, nullptr, 10);
}

struct Compared {
  unsigned races = 0;
  std::array<std::uint64_t, needs_kinds> allowed{};  // outcomes, by what they need
  std::array<std::uint64_t, needs_kinds> shown{};

  void add(const Allowed& may, const Shown& does) {
    for (const std::string& outcome : does.outcomes) {
      EXPECT_TRUE(may.allows(outcome)) << "forbidden: " << outcome;
    }
    for (const auto& [outcome, needs] : may.outcomes) {
      const bool is_shown = does.outcomes.contains(outcome);
      // The engine shows what its limits leave: all of it.
      EXPECT_EQ(is_shown, needs == Needs::nothing) << outcome;
      ++allowed[static_cast<unsigned>(needs)];
      shown[static_cast<unsigned>(needs)] += is_shown ? 1 : 0;
    }
  }
  void print() const {
    static constexpr const char* names[needs_kinds] = {
        "nothing more", "an order S other than that of execution", "load buffering"};
    std::printf("  %u programs race\n", races);
    for (unsigned i = 0; i != needs_kinds; ++i) {
      std::printf("  needs %s: %llu of %llu outcomes\n", names[i],
                  static_cast<unsigned long long>(shown[i]),
                  static_cast<unsigned long long>(allowed[i]));
    }
  }
};

TEST(Engine, ShowsOfGeneratedProgramsWhatItsLimitsLeaveAndNothingForbidden) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate(number);
    SCOPED_TRACE(testing::Message() << "program " << number << ": " << text_of(program));
    const Allowed may = allowed(program);
    const Shown does = shown(program);
    EXPECT_EQ(does.failure, "");
    EXPECT_TRUE(does.complete || does.race);
    // A race that needs more than the engine's memory can do goes unseen; no other does.
    EXPECT_EQ(does.race, may.race == Needs::nothing);
    if (may.race) {
      ++compared.races;
    } else {
      compared.add(may, does);
    }
  }
  compared.print();
  EXPECT_GT(compared.races, programs() / 20);
}

// Ways of search that leave executions out lose nothing.
void expect_the_same(const How& how) {
  std::uint64_t with = 0;
  std::uint64_t without = 0;
  for (std::uint64_t number = 1; number <= programs() * 2 / 3 && !testing::Test::HasFailure();
       ++number) {
    const Program program = generate(number);
    SCOPED_TRACE(testing::Message() << "program " << number << ": " << text_of(program));
    const Shown all = shown(program, {.atomics = how.atomics});
    const Shown fewer = shown(program, how);
    EXPECT_EQ(fewer.race, all.race);
    EXPECT_EQ(fewer.failure, "");
    EXPECT_TRUE(all.race || fewer.outcomes == all.outcomes);
    if (all.race) continue;
    without += all.executions;
    with += fewer.executions;
  }
  std::printf("  %llu executions instead of %llu\n", static_cast<unsigned long long>(with),
              static_cast<unsigned long long>(without));
  EXPECT_LT(with, without);
}

// Visited states tell of all that the order of seq_cst operations and the fences depend on.
TEST(Engine, ShowsTheSameFromVisitedStates) {
  expect_the_same({.atomics = Atomics::in_place, .states = true});
}

// Programs as they are: steps that depend on each other demand their other order.
TEST(Engine, ShowsTheSameWhereOrdersAreDemanded) {
  expect_the_same({.atomics = Atomics::by_address, .demanded = true});
}

// To the search, the fences of programs are another kind of step than ours.
TEST(Engine, ShowsTheSameByAddress) {
  for (std::uint64_t number = 1; number <= programs() * 2 / 3 && !HasFailure(); ++number) {
    const Program program = generate(number);
    SCOPED_TRACE(testing::Message() << "program " << number << ": " << text_of(program));
    const Shown ours = shown(program);
    const Shown others = shown(program, {.atomics = Atomics::by_address});
    EXPECT_EQ(others.race, ours.race);
    EXPECT_TRUE(ours.race || others.outcomes == ours.outcomes);
  }
}

}  // namespace
}  // namespace poolproof::judge
