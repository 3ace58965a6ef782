// Children that crash, hang, throw, or are told to stop.
#include "child.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace poolproof {
namespace {

using std::chrono::milliseconds;

// A run whose actors do what Act says, until they are told that the round is over.
template <void (*Act)()>
class Acting final : public StressRun {
 public:
  using StressRun::StressRun;

 private:
  void act(std::uint32_t actor) override {
    while (!round_over(actors_[actor])) {
      Act();
      actors_[actor].begin(ActorState::Doing::stepping);
      actors_[actor].count_pair();
    }
  }
  void check_at_rest() override {}
  void start_round() override {}
};

template <void (*Act)()>
RunReport run(
    milliseconds budget, const std::atomic<bool>& stop,
    const std::function<void(const Progress&)>& progress = [](const Progress&) {},
    Nanoseconds stall_limit = std::chrono::seconds(20)) {
  RunConfig config;
  config.budget = budget;
  config.stall_limit = stall_limit;
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<Acting<Act>>(made);
  };
  const RunReport report = run_in_child(config, make, progress, stop);
  // No child is left, whatever happened.
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  return report;
}

const std::atomic<bool> never_stop{false};

void idle() {}
TEST(Child, ReportsWhatItDid) {
  const RunReport report = run<idle>(milliseconds(100), never_stop);
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_GT(report.pairs, 0U);
  EXPECT_GE(report.seconds, 0.1);
}

void crash() {
  std::signal(SIGSEGV, SIG_DFL);  // without a sanitizer's handler
  std::raise(SIGSEGV);
}
TEST(Child, ThatCrashesIsAFailThatNamesTheSignal) {
  const RunReport report = run<crash>(milliseconds(100), never_stop);
  EXPECT_EQ(report.verdict, Verdict::fail);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "crash");
  EXPECT_NE(report.failure->message.find("SIGSEGV"), std::string::npos) << report.failure->message;
}

void die_from_outside() { std::raise(SIGKILL); }
TEST(Child, ThatIsKilledFromOutsideIsUnknown) {
  const RunReport report = run<die_from_outside>(milliseconds(100), never_stop);
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_FALSE(report.failure);
  EXPECT_NE(report.reason.find("killed from outside (SIGKILL)"), std::string::npos);
}

void stop_from_outside() { std::raise(SIGSTOP); }
TEST(Child, ThatIsStoppedFromOutsideIsUnknown) {
  const RunReport report = run<stop_from_outside>(
      milliseconds(100), never_stop, [](const Progress&) {}, milliseconds(0));
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_EQ(report.reason, "the process was stopped from outside");
}

// Whatever the subject does to end its process, it is a FAIL by the same name.
void leave() { std::exit(0); }
void leave_at_once() { _exit(0); }
void leave_quickly() { std::quick_exit(66); }
void abort_all() {
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}
void give_up() { std::terminate(); }
void throw_out() { throw std::runtime_error("no"); }
using EndOfRun = RunReport (*)();
class EndedBySubject : public testing::TestWithParam<EndOfRun> {};
template <void (*Act)()>
RunReport end_by() {
  return run<Act>(milliseconds(100), never_stop);
}
INSTANTIATE_TEST_SUITE_P(All, EndedBySubject,
                         testing::Values(&end_by<leave>, &end_by<leave_at_once>,
                                         &end_by<leave_quickly>, &end_by<abort_all>,
                                         &end_by<give_up>, &end_by<throw_out>));
TEST_P(EndedBySubject, IsACrash) {
  const RunReport report = GetParam()();
  EXPECT_EQ(report.verdict, Verdict::fail);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "crash") << report.failure->message;
}

// What it writes to descriptors that are not its own is not believed, and harms nobody.
void write_everywhere() {
  constexpr std::string_view forged =
      "5\n{}\n{\"progress\": [1]}\n{\"report\": {\"verdict\": 0}}\n{\"error\": 5}\n";
  for (int fd = 3; fd != 1024; ++fd) {
    if (write(fd, forged.data(), forged.size()) > 0) std::abort();
  }
}
TEST(Child, HasNothingToWriteTo) {
  const RunReport report = run<write_everywhere>(milliseconds(100), never_stop);
  EXPECT_EQ(report.verdict, Verdict::pass) << report.reason;
}

void ask_to_end() {
  static std::atomic<bool> asked{false};
  if (!asked.exchange(true)) kill(getpid(), SIGTERM);
}
TEST(Child, ThatIsAskedToEndFromOutsideIsUnknown) {
  const RunReport report = run<ask_to_end>(std::chrono::minutes(10), never_stop);
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_EQ(report.reason, "the process was asked to end from outside (SIGTERM)");
}

void hang() {
  for (;;) std::this_thread::yield();
}
TEST(Child, ThatHangsIsAFail) {
  const RunReport report = run<hang>(
      milliseconds(100), never_stop, [](const Progress&) {}, milliseconds(300));
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "progress");
}

// A constructor that has much to do is slow, the more so under load; one that waits for nothing
// stands still.
template <void (*SetUp)()>
class SettingUp final : public StressRun {
 public:
  using StressRun::StressRun;

 private:
  void act(std::uint32_t actor) override { actors_[actor].count_pair(); }
  void check_at_rest() override {}
  void start_round() override { SetUp(); }
};
template <void (*SetUp)()>
RunReport set_up(milliseconds stall_limit) {
  RunConfig config;
  config.budget = milliseconds(1);
  config.stall_limit = stall_limit;
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<SettingUp<SetUp>>(made);
  };
  return run_in_child(
      config, make, [](const Progress&) {}, never_stop);
}
void work_hard() {
  for (const Nanoseconds end = time_on(CLOCK_THREAD_CPUTIME_ID) + milliseconds(400);
       time_on(CLOCK_THREAD_CPUTIME_ID) < end;) {
  }
}
TEST(Child, ThatIsSlowToSetUpDoesNotStandStill) {
  EXPECT_FALSE(set_up<work_hard>(milliseconds(200)).failure);
}
void wait_for_nothing() { std::this_thread::sleep_for(std::chrono::hours(1)); }
void work_for_ever() {
  for (;;) std::this_thread::yield();
}
TEST(Child, ThatNeverSetsUpIsAFail) {
  for (const RunReport& report :
       {set_up<wait_for_nothing>(milliseconds(200)), set_up<work_for_ever>(milliseconds(50))}) {
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->oracle, "progress");
    EXPECT_TRUE(report.failure->message.starts_with("the set-up of a pool has not ended"))
        << report.failure->message;
  }
}

void throw_at_once() { throw std::runtime_error("no memory today"); }
TEST(Child, WhoseSetUpThrowsIsACrash) {
  const RunReport report = set_up<throw_at_once>(std::chrono::seconds(20));
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "crash");
  EXPECT_EQ(report.failure->message, "an exception was not caught: no memory today");
}

TEST(Child, ThatCannotStartSaysWhy) {
  const auto make = [](const RunConfig&) -> std::unique_ptr<StressRun> {
    throw std::runtime_error("no memory today");
  };
  const RunReport report = run_in_child(
      {}, make, [](const Progress&) {}, never_stop);
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_EQ(report.reason, "the run could not be made: no memory today");
}

TEST(Child, StopsWhenItIsTold) {
  std::atomic<bool> stop{false};
  const auto start = Clock::now();
  const RunReport report =
      run<idle>(std::chrono::hours(1), stop, [&](const Progress& now) { stop = now.pairs != 0; });
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_EQ(report.reason, "interrupted");
  EXPECT_LT(Clock::now() - start, std::chrono::minutes(1));
}

TEST(Child, ThatDoesNotStopIsKilled) {
  std::atomic<bool> stop{true};
  const RunReport report = run<hang>(std::chrono::hours(1), stop);
  EXPECT_NE(report.verdict, Verdict::pass);
}

}  // namespace
}  // namespace poolproof
