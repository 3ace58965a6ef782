// What a subject may offer beside alloc and free is run, and a fault in it is found.
#include "subject_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "harness/stress/runs/block_run.hpp"
#include "harness/stress/runs/child.hpp"
#include "scenarios/block_scenarios.hpp"
#include "test_offering.hpp"

namespace poolproof {
namespace {

const std::atomic<bool> never_stop{false};

template <class P, class Scenario>
RunReport run(std::chrono::milliseconds budget) {
  RunConfig config;
  config.threads = 2;
  config.budget = budget;
  config.seed = 7;
  config.blocks = 16;
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<BlockRun<SubjectPool<P>, Scenario>>(made);
  };
  return run_in_child(
      config, make, [](const Progress&) {}, never_stop);
}
// A run ends with the first violation: the budget is what a machine under load may need.
template <class P, class Scenario = Random>
std::string oracle_that_catches() {
  const RunReport report = run<P, Scenario>(std::chrono::seconds(10));
  return report.failure ? report.failure->oracle : "none";
}

TEST(SubjectPool, PassesWithAllThatItOffers) {
  using Sound = Offering<OfferingFault::none>;
  const std::chrono::milliseconds budget(300);
  for (const RunReport& report :
       {run<Sound, Mixed>(budget), run<Sound, Relay>(budget), run<Sound, Renewed>(budget)}) {
    EXPECT_EQ(report.verdict, Verdict::pass) << report.reason;
  }
}

TEST(SubjectPool, RunsItsManyAndItsSizes) {
  const std::string many = oracle_that_catches<Offering<OfferingFault::many_twice>, Bulk>();
  EXPECT_TRUE(many == "ownership" || many == "payload") << many;
  const std::string sizes = oracle_that_catches<Offering<OfferingFault::small_shares>>();
  EXPECT_TRUE(sizes == "ownership" || sizes == "payload") << sizes;
}

TEST(SubjectPool, RunsItOverABase) {
  EXPECT_EQ(oracle_that_catches<Offering<OfferingFault::keeps_chunk>>(), "base");
  EXPECT_EQ(oracle_that_catches<Offering<OfferingFault::writes_behind>>(), "red_zone");
}

}  // namespace
}  // namespace poolproof
