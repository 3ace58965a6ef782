// The judge against what is known: litmus tests with the answers of the literature, numbers of
// executions that can be counted by hand, and what the single axioms say.
#include <gtest/gtest.h>

#include "axioms.hpp"
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

// Programs with as many executions as GenMC 0.11 counts under RC11.
constexpr struct {
  const char* program;
  std::uint64_t executions;
} counted_by_genmc[] = {
    {"x=1.rlx / x.rlx; y=r0.rel / x.rlx; fence.ar; y.rlx / y.rlx; fence.ar; x.rlx", 28},
    {"x.rlx; y=1.rlx / y.rlx; z=1.rlx / z.rlx; x=1.rlx", 7},
    {"x.acq; y+=1.ar / y+=1.ar; z=1.rel / z.acq; w+=1.ar / w+=1.ar; x=1.rel", 15},
    {"x.acq; y+=1.ar / y+=1.ar; z.acq / z=1.rel; x=1.rel", 7},
    {"x=1.rlx; y=1.rlx; fence.ar; z=1.rlx; w=1.rlx / z.rlx; fence.ar; x.rlx / w.rlx; fence.ar; "
     "y.rlx",
     9},
    {"x.acq; y.sc / x=1.sc; x=2.sc / y=1.sc; x.sc", 17},
    {"x.acq; y.sc / x=2.sc / y=1.sc; x.sc", 8},
    {"x=1.rlx; fence.sc; y=1.rlx / y.acq; z=1.rlx / z=2.rlx; fence.sc; x.rlx", 7},
    {"x=1.rlx; y=1.rel / y.acq; fence.sc; z.rlx / z=1.rlx; fence.sc; x.rlx", 7},
    {"x=1.rlx / x.rlx; fence.sc; y.rlx / y=1.rlx; fence.sc; x.rlx", 7},
    {"x=1.rlx; y=1.rel / y.rlx; z=r0.rlx / z.rlx; fence.ar; x.rlx", 8},
    {"x=1.rlx; y=1.rel / y.acq; z=1.rlx / z.rlx; fence.ar; x.rlx", 8},
    {"x=1.rlx; y=1.rel / y.rlx; z=r0.rlx / z.rlx; fence.ar; x.rlx / y.acq", 16},
    {"x=1.rlx; y=1.rel; y=2.rlx / y<-3.rlx / y.rlx; fence.ar; x.rlx", 20},
    {"x+=1.rlx; x+=1.rlx / x+=1.acq; x+=1.rlx / x+=1.rel / x+=1.rlx", 180},
    {"x.rlx; y=1.rel; y.rlx; z=r2.rlx / z.rlx; x=r0.rlx", 3},
    {"x=1.rlx; fence.sc; y.rlx / y=1.rlx; z=1.rel / z.acq; fence.sc; x.rlx", 7},
    {"x.rlx; fence.ar; y.rlx; y=1.rlx / y.rlx; x=r0.rlx", 3},
    {"x=1.rlx / x=2.rlx / x=3.rlx / x.rlx; x.rlx; x.rlx; x.rlx", 210},
    {"x=1.rel; y.acq; x.acq / x=2.rel; x.acq / y=3.rel", 8},
    {"x.acq / x.acq; x=1.rel / x=2.rel", 9},
    {"x.acq; y.acq; z.acq / z=1.rel / x=1.rel; y=1.rel", 8},
    {"x+=1.rlx / x=4.rel / x+=2.rlx", 6},
    {"x=1.rel / x=2.rel / x.acq; x.acq / x.acq", 36},
    {"x=1.rel / x=2.rel / x.acq; x.acq / x.acq; x.acq", 72},
    {"x.acq / y.acq / y=1.rel / x=1.rel", 4},
    {"x=1.sc / x.acq; y.sc / y.acq; x.sc / y=1.sc", 16},
    {"x=1.sc; y=2.sc / y=1.rel; x=2.sc", 4},
    {"x=1.sc; y=2.sc / y=1.rlx; fence.sc; x=2.rlx", 3},
    {"x=1.sc; y.sc / y=1.sc; x.acq", 4},
    {"x=1.sc; y.sc / y=1.rel; x.sc", 4},
    {"x=1.sc; y.sc / y=1.rlx; fence.sc; x.rlx", 3},
    {"x=1.rlx; fence.ar; y=1.rlx / y<-1.rlx; x<-1.rlx", 4},
    {"x.rlx; y+=1.rlx / y+=1.rlx; x=1.rel", 3},
};

TEST(Judge, CountsAsManyExecutionsAsGenMC) {
  for (const auto& [program, count] : counted_by_genmc) {
    EXPECT_EQ(without_buffering(program), count) << program;
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
