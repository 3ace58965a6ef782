// Relacy's own memory as the second opinion: of litmus tests and generated programs, all that it
// shows our memory shows too; where not, seq_cst has a part in it, and the judge says which of them
// is right. POOLPROOF_PROGRAMS says how many programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "generate.hpp"
#include "judge.hpp"
#include "litmus.hpp"
#include "shown.hpp"

namespace poolproof::judge {
namespace {

std::uint64_t programs() {
  const char* wanted = std::getenv("POOLPROOF_PROGRAMS");
  return wanted == nullptr ? 1000 : std::strtoull(wanted, nullptr, 10);
}

bool is_seq_cst(const Operation& op) {
  return op.order == std::memory_order_seq_cst || op.failure_order == std::memory_order_seq_cst;
}
bool has_seq_cst(const Program& program) {
  return std::any_of(program.threads.begin(), program.threads.end(), [](const auto& thread) {
    return std::any_of(thread.begin(), thread.end(), is_seq_cst);
  });
}

struct SecondOpinion {
  std::uint64_t ours = 0;         // outcomes
  std::uint64_t both = 0;         // these agree
  std::uint64_t other_order = 0;  // only Relacy's: the order S is not that of steps
  std::uint64_t forbidden = 0;    // only Relacy's: C++20 does not allow it
  unsigned races_ours = 0;
  unsigned races_both = 0;

  void compare(const Program& program) {
    SCOPED_TRACE(text_of(program));
    const Shown one = shown(program);
    const Shown other = shown(program, {.memory = Memory::relacy});
    EXPECT_EQ(other.failure, "");
    EXPECT_TRUE(other.complete || other.race);
    // In C++11 a thread's own later stores go on its release sequence, which hides races.
    EXPECT_TRUE(one.race || !other.race) << "a race that ours does not see";
    races_ours += one.race ? 1 : 0;
    races_both += other.race ? 1 : 0;
    if (!one.race) compare(program, one, other);
  }
  void print() const {
    std::printf(
        "  %llu outcomes, of which Relacy's memory shows %llu; it alone shows %llu that need\n"
        "  another S, and %llu that C++20 forbids; it sees %u of %u races\n",
        static_cast<unsigned long long>(ours), static_cast<unsigned long long>(both),
        static_cast<unsigned long long>(other_order), static_cast<unsigned long long>(forbidden),
        races_both, races_ours);
  }

 private:
  void compare(const Program& program, const Shown& one, const Shown& other) {
    const Allowed may = allowed(program);
    ours += one.outcomes.size();
    for (const std::string& outcome : other.outcomes) {
      if (one.outcomes.contains(outcome)) {
        ++both;
        continue;
      }
      EXPECT_TRUE(has_seq_cst(program)) << outcome;
      ++(may.allows(outcome) ? other_order : forbidden);
    }
  }
};

TEST(SecondOpinion, OfGeneratedProgramsAgrees) {
  SecondOpinion opinion;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    opinion.compare(generate(number));
  }
  opinion.print();
  EXPECT_GT(opinion.both * 10, opinion.ours * 9);  // it has something to say
  EXPECT_LT(opinion.other_order + opinion.forbidden, opinion.both / 100);
  EXPECT_GT(opinion.races_both, programs() / 20);
}

TEST(SecondOpinion, OfLitmusTestsAgreesButForSeqCst) {
  SecondOpinion opinion;
  for (const LitmusTest& test : litmus_tests()) {
    const Program program = parse(test.program);
    if (program.threads.size() != 1) opinion.compare(program);
  }
  opinion.print();
  EXPECT_GT(opinion.both * 10, opinion.ours * 9);
  EXPECT_LT(opinion.races_both, opinion.races_ours);  // C++11's release sequences hide two
}

// Its modification order is the order of steps, and it does look back.
TEST(SecondOpinion, IsRelacysAndNotOurs) {
  const auto shows = [](const char* program, const char* outcome, Memory memory) {
    return shown(parse(program), {.memory = memory}).outcomes.contains(outcome);
  };
  const char* const two_plus_two = "x=1.rlx; y=2.rlx / y=1.rlx; x=2.rlx";
  EXPECT_TRUE(shows(two_plus_two, "/:11", Memory::cpp20));
  EXPECT_FALSE(shows(two_plus_two, "/:11", Memory::relacy));
  const char* const store_buffering = "x=1.rel; y.acq / y=1.rel; x.acq";
  EXPECT_TRUE(shows(store_buffering, "0/0:11", Memory::cpp20));
  EXPECT_TRUE(shows(store_buffering, "0/0:11", Memory::relacy));
}

// In every way of search, and with all kinds of atomics.
TEST(SecondOpinion, IsTheSameHoweverItIsAsked) {
  for (std::uint64_t number = 1; number <= programs() / 4 && !HasFailure(); ++number) {
    const Program program = generate(number);
    SCOPED_TRACE(text_of(program));
    const Shown plain = shown(program, {.memory = Memory::relacy});
    for (const How& how :
         {How{.atomics = Atomics::in_place, .memory = Memory::relacy},
          How{.atomics = Atomics::by_address, .memory = Memory::relacy},
          How{.atomics = Atomics::by_address, .memory = Memory::relacy, .demanded = true},
          How{.memory = Memory::relacy, .reduce = false, .most_executions = 20000}}) {
      const Shown other = shown(program, how);
      EXPECT_EQ(other.failure, "");
      EXPECT_EQ(other.race, plain.race);
      EXPECT_TRUE(plain.race || !other.complete || other.outcomes == plain.outcomes);
    }
  }
}

}  // namespace
}  // namespace poolproof::judge
