// The judge against what is known: litmus tests with the answers of the literature, numbers of
// executions that can be counted by hand, and what the single axioms say.
#include <gtest/gtest.h>

#include "axioms.hpp"
#include "genmc.hpp"
#include "judge.hpp"
#include "litmus.hpp"

namespace poolproof::judge {
namespace {

TEST(Judge, AnswersLitmusTestsAsTheLiterature) {
  for (const LitmusTest& test : litmus_tests()) {
    const Program program = parse(test.program);
    const Allowed all = allowed(program);
    const bool race = std::string_view(test.asked) == "race";
    EXPECT_EQ(race ? all.race.has_value() : all.allows(test.asked), test.allowed) << test.name;
    EXPECT_TRUE(race || !all.race.has_value()) << test.name;
  }
}

std::uint64_t executions(const char* program) { return allowed(parse(program)).executions; }
std::uint64_t without_buffering(const char* program) {
  return allowed(parse(program)).without_buffering;
}

TEST(Judge, CountsExecutions) {
  // Each read has two choices, or three.
  EXPECT_EQ(executions("x=1.rlx; y.rlx / y=1.rlx; x.rlx"), 4U);
  EXPECT_EQ(executions("x=1.rlx / y=1.rlx / x.rlx; y.rlx / y.rlx; x.rlx"), 16U);
  EXPECT_EQ(executions("x=1.rel / y=1.rel / x.acq; y.acq / y.acq; x.acq"), 16U);
  EXPECT_EQ(executions("x=1.rlx; y=1.rel / y.acq; x.rlx"), 3U);
  EXPECT_EQ(executions("x=1.rlx / x.rlx; x.rlx"), 3U);
  // Stores in all orders; read-modify-writes too.
  EXPECT_EQ(executions("x=1.rlx / x=2.rlx / x=3.rlx"), 6U);
  EXPECT_EQ(executions("x+=1.rlx / x+=1.rlx / x+=1.rlx / x+=1.rlx"), 24U);
  EXPECT_EQ(executions("x=1.rlx; y=2.rlx / y=1.rlx; x=2.rlx"), 4U);
  EXPECT_EQ(executions("x=1.sc; y=2.sc / y=1.sc; x=2.sc"), 3U);
  // One of two CAS succeeds, and the other reads what it wrote, or the old value if that is not
  // what it expects.
  EXPECT_EQ(executions("x:0->1.rlx.rlx / x:0->2.rlx.rlx"), 2U);
  EXPECT_EQ(executions("x:0->1.rlx.rlx / x:7->2.rlx.rlx"), 2U);
}

// Two differ: the next tests say why.
TEST(Judge, CountsAsManyExecutionsAsGenMC) {
  for (const GenmcTest& test : genmc_tests()) {
    const std::string_view name = test.name;
    if (name == "Z6.U" || name == "SB+rfis") continue;
    EXPECT_EQ(without_buffering(test.program), test.executions) << name;
  }
}

// As many as RC11's axioms leave, counted by hand.
TEST(Judge, CountsZ6U) {
  EXPECT_EQ(executions("x=1.sc; y=1.rel / y+=1.sc; y.rlx / y=3.sc; x.sc"), 24U);
}

// RC11 lets the reads of either thread's own store stand aside from the order S, as x86 does when
// release stores and seq_cst loads are plain moves: 4. N4861 does not.
TEST(Judge, IsStricterThanRc11WhereN4861Is) {
  EXPECT_EQ(without_buffering("x=1.rel; x.sc; y.sc / y=1.rel; y.sc; x.sc"), 3U);
}

TEST(Judge, LoadBufferingIsAVariant) {
  EXPECT_EQ(executions("x.rlx; y=1.rlx / y.rlx; x=1.rlx"), 4U);
  EXPECT_EQ(without_buffering("x.rlx; y=1.rlx / y.rlx; x=1.rlx"), 3U);
  EXPECT_EQ(executions("x.acq; y=1.rel / y.acq; x=1.rel"), 3U);
  EXPECT_EQ(without_buffering("x=1.rlx; y.rlx / y=1.rlx; x.rlx"), 4U);
}

TEST(Judge, ValuesDoNotDependOnThemselves) {
  EXPECT_EQ(executions("x.rlx; y=r0.rlx / y.rlx; x=r0.rlx"), 3U);
  EXPECT_EQ(executions("x.rlx; r0=1? y=1.rlx / y.rlx; r0=1? x=1.rlx"), 1U);
  // What an exchange writes does not depend on what it reads.
  EXPECT_TRUE(allowed(parse("x<-1.rlx; y=1.rlx / y.rlx; x=r0.rlx")).allows("1/1:11"));
}

TEST(Judge, SaysWhatAnOutcomeNeeds) {
  const auto needs = [](const char* program, const char* outcome) {
    return allowed(parse(program)).outcomes.at(outcome);
  };
  EXPECT_EQ(needs("x=1.rlx; y.rlx / y=1.rlx; x.rlx", "0/0:11"), Needs::nothing);
  EXPECT_EQ(needs("x=1.rlx; y=1.rlx / y.rlx; x:7->8.rlx.rlx", "/10:11"), Needs::nothing);
  EXPECT_EQ(needs("x=1.rlx; y=1.rlx / y.rlx; x:7->8.rlx.rlx", "/11:11"), Needs::nothing);
  EXPECT_EQ(needs("x=1.rlx; x=2.rlx; x=3.rlx; y=1.rlx / y.rlx; x.rlx", "/10:31"), Needs::nothing);
  EXPECT_EQ(needs("x=1.rlx; y=2.rlx / y=1.rlx; x=2.rlx", "/:11"), Needs::nothing);
  EXPECT_EQ(needs("x=1.sc / y=1.sc / x.acq; y.sc / y.acq; x.sc", "//10/10:11"), Needs::other_order);
  EXPECT_EQ(needs("x.rlx; y=1.rlx / y.rlx; x=1.rlx", "1/1:11"), Needs::load_buffering);
}

TEST(Judge, KnowsARaceByTheOrderThatItNeeds) {
  EXPECT_EQ(allowed(parse("x=1 / x")).race, Needs::nothing);
  EXPECT_EQ(allowed(parse("x; y=1.rlx / y.acq; r0=1? x=1")).race, Needs::nothing);
  EXPECT_EQ(allowed(parse("x.rlx; r0=1? z=1 / y.rlx; x=1.rlx; z=2")).race, Needs::nothing);
  EXPECT_FALSE(allowed(parse("x=1; x")).race.has_value());
}

TEST(Judge, ReadsOrdersOfAFailedCasAsThoseOfALoad) {
  // As a load, it neither releases nor writes.
  EXPECT_TRUE(allowed(parse("x=1.rlx; y:7->8.sc.sc / y+=1.acq; x.rlx")).allows("0/00:11"));
  EXPECT_EQ(allowed(parse("x:7->8.rlx.rlx / x=1.rlx")).outcomes.size(), 2U);
}

}  // namespace
}  // namespace poolproof::judge
