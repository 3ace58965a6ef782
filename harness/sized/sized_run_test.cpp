// The oracles of a run on pieces of any size, each shown an allocator with the fault that it must
// catch.
#include "sized_run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "first_fit.hpp"
#include "harness/stress/runs/child.hpp"
#include "scenarios/sized_scenarios.hpp"

namespace poolproof {
namespace {

using std::chrono::milliseconds;

const std::atomic<bool> never_stop{false};

// In a child: a fault may well be a data race, or corrupt what the process stands on.
template <class Pool, class Scenario = Sizes>
RunReport run(milliseconds budget = milliseconds(300)) {
  RunConfig config;
  config.threads = 2;
  config.budget = budget;
  config.seed = 42;
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<SizedRun<Pool, Scenario>>(made);
  };
  return run_in_child(
      config, make, [](const Progress&) {}, never_stop);
}

// A run ends with the first violation: the budget is what a machine under load may need.
template <class Fault, class Scenario = Sizes>
std::string oracle_that_catches() {
  const RunReport report = run<FirstFit<Fault>, Scenario>(std::chrono::seconds(10));
  return report.failure ? report.failure->oracle : "none";
}

template <class Scenario>
class SizedScenario : public testing::Test {};
template <class List>
struct TypesOf;
template <class... Scenarios>
struct TypesOf<ScenarioList<Scenarios...>> {
  using type = testing::Types<Scenarios...>;
};
TYPED_TEST_SUITE(SizedScenario, TypesOf<SizedScenarios>::type);

TYPED_TEST(SizedScenario, PassesASoundAllocator) {
  const RunReport report = run<FirstFit<>, TypeParam>();
  EXPECT_EQ(report.verdict, Verdict::pass)
      << report.reason << (report.failure ? report.failure->message : "");
  EXPECT_GT(report.pairs, 0U);
  EXPECT_GT(report.rests, 0U);
}

// Two owners that stamp at the same instant may notice at the payload first.
void expect_two_owners(const std::string& oracle) {
  EXPECT_TRUE(oracle == "ownership" || oracle == "payload") << oracle;
}

struct Overlaps : NoSizedFault {
  std::size_t on_bytes(std::size_t bytes, std::size_t n) {
    return n % 100 == 99 && bytes > 32 ? bytes - 32 : bytes;
  }
};
TEST(SizedRun, CatchesPiecesThatOverlap) { expect_two_owners(oracle_that_catches<Overlaps>()); }

struct GoesPastTheEnd : NoSizedFault {
  std::byte* on_place(std::byte* place, std::size_t bytes, std::size_t n) {
    return n % 500 == 499 && place != nullptr ? place + (1 << 20) + bytes : place;
  }
};
TEST(SizedRun, CatchesAPieceOutside) { EXPECT_EQ(oracle_that_catches<GoesPastTheEnd>(), "range"); }

struct IgnoresAlignment : NoSizedFault {
  std::size_t on_alignment(std::size_t) { return 16; }
};
TEST(SizedRun, CatchesAMisalignedPiece) {
  EXPECT_EQ((oracle_that_catches<IgnoresAlignment, Aligned>()), "alignment");
}

struct LosesAPiece : NoSizedFault {
  bool on_free(void*, std::size_t n) { return n != 50; }
};
TEST(SizedRun, CatchesALostPiece) {
  const std::string oracle = oracle_that_catches<LosesAPiece>();
  EXPECT_TRUE(oracle == "conservation" || oracle == "must_succeed") << oracle;
}

struct FailsNowAndThen : NoSizedFault {
  std::byte* on_place(std::byte* place, std::size_t, std::size_t n) {
    return n % 3 == 2 ? nullptr : place;
  }
};
TEST(SizedRun, CatchesAnAllocThatFailsForNoReason) {
  EXPECT_EQ(oracle_that_catches<FailsNowAndThen>(), "must_succeed");
}

struct KeepsTheChunk : NoSizedFault {
  bool on_deinit() { return false; }
};
TEST(SizedRun, CatchesWhatIsNotGivenBack) {
  const std::string oracle = oracle_that_catches<KeepsTheChunk>();
  EXPECT_TRUE(oracle == "deinit" || oracle == "base") << oracle;
}

struct KnowsItIsDamaged : NoSizedFault {
  const char* on_violation() const { return "a distance is wrong"; }
};
TEST(SizedRun, AsksTheAllocatorItself) {
  EXPECT_EQ(oracle_that_catches<KnowsItIsDamaged>(), "invariant");
}

struct WritesIntoPayload : NoSizedFault {
  std::byte* victim = nullptr;
  std::byte* on_place(std::byte* place, std::size_t, std::size_t n) {
    if (n % 200 == 199 && victim != nullptr) {
      reinterpret_cast<std::atomic<unsigned char>*>(victim)->fetch_xor(1);
    }
    if (place != nullptr) victim = place;
    return place;
  }
};
TEST(SizedRun, CatchesAStrayWrite) {
  EXPECT_EQ(oracle_that_catches<WritesIntoPayload>(), "payload");
}

}  // namespace
}  // namespace poolproof
