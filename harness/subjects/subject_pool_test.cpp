// What a subject may offer beside alloc and free is run, and a fault in it is found.
#include "subject_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "harness/stress/block_run.hpp"
#include "harness/stress/child.hpp"
#include "scenarios/block_scenarios.hpp"
#include "test_offering.hpp"

namespace poolproof {
namespace {

const std::atomic<bool> never_stop{false};

template <class P, class Scenario>
RunReport run() {
  RunConfig config;
  config.threads = 2;
  config.budget = std::chrono::milliseconds(300);
  config.seed = 7;
  config.blocks = 16;
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<BlockRun<SubjectPool<P>, Scenario>>(made);
  };
  return run_in_child(
      config, make, [](const Progress&) {}, never_stop);
}
template <class P, class Scenario = Random>
std::string oracle_that_catches() {
  const RunReport report = run<P, Scenario>();
  return report.failure ? report.failure->oracle : "none";
}

TEST(SubjectPool, PassesWithAllThatItOffers) {
  for (const RunReport& report :
       {run<Offering<OfferingFault::none>, Mixed>(), run<Offering<OfferingFault::none>, Relay>(),
        run<Offering<OfferingFault::none>, Renewed>()}) {
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
