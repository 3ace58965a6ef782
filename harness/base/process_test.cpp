// How children end, and what they leave.
#include "process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace poolproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

[[noreturn]] void hang() {
  for (;;) pause();
}

TEST(Process, ThatReturnsHasNoDeath) {
  Shared<std::atomic<int>> done;
  Process child([&] { done->store(1); });
  EXPECT_TRUE(child.wait(seconds(20)));
  EXPECT_TRUE(child.ended());
  EXPECT_EQ(*done, 1);
  EXPECT_EQ(child.exit_status(), EXIT_SUCCESS);
  EXPECT_EQ(child.death(), std::nullopt);
}

[[gnu::noinline]] void throw_one() { throw std::runtime_error("no"); }

// However code ends its process, that is no good end, and what it said meanwhile does not count.
struct End {
  const char* name;
  void (*end)();
  const char* death;
};
class EndOfProcess : public testing::TestWithParam<End> {};
INSTANTIATE_TEST_SUITE_P(
    All, EndOfProcess,
    testing::Values(
        End{"_exit", [] { _exit(7); }, "it ended its process, by exit or the like, with status 7"},
        End{"_exit_0", [] { _exit(0); },
            "it ended its process, by exit or the like, with status 0"},
        End{"exit", [] { std::exit(0); },
            "it ended its process, by exit or the like, with status 0"},
        End{"quick_exit", [] { std::quick_exit(0); },
            "it ended its process, by exit or the like, with status 0"},
        End{"exit_elsewhere", [] { std::thread([] { std::exit(3); }).join(); },
            "it ended its process, by exit or the like, with status 3"},
        End{"throws", [] { throw std::runtime_error("no\nmemory"); },
            "an exception was not caught: no?memory"},
        End{"throws_a_number", [] { throw 42; }, "an exception was not caught"},
        End{"throws_elsewhere", [] { std::thread([] { throw std::runtime_error("no"); }).join(); },
            "an exception was not caught: no"},
        End{"throws_where_it_may_not", []() noexcept { throw_one(); },
            "an exception was not caught: no"},
        End{"terminates", [] { std::terminate(); }, "std::terminate was called"}),
    [](const auto& end) { return std::string(end.param.name); });

TEST_P(EndOfProcess, IsSaid) {
  Process child(GetParam().end);
  child.wait();
  EXPECT_EQ(child.death(), GetParam().death);
  EXPECT_EQ(child.done_from_outside(), std::nullopt);
  EXPECT_FALSE(child.ended_by_sanitizer());
}

TEST(Process, SaysBySignalHowItDied) {
  Process killed([] { std::raise(SIGKILL); });
  killed.wait();
  EXPECT_EQ(killed.exit_status(), std::nullopt);
  EXPECT_EQ(killed.death(), "the process died of SIGKILL (Killed)");
  Process aborted([] {
    std::signal(SIGABRT, SIG_DFL);  // without a sanitizer's handler
    std::abort();
  });
  aborted.wait();
  EXPECT_EQ(aborted.death(), "the process died of SIGABRT (Aborted)");
}

// It lies open in the parent: results, a lock, a report.
TEST(Process, HasNoDescriptorOfItsParent) {
  const int fd = open("/dev/null", O_WRONLY);
  ASSERT_GT(fd, STDERR_FILENO);
  Shared<std::atomic<int>> open_ones;
  Process child([&] {
    for (int other = STDERR_FILENO + 1; other != 1024; ++other) {
      if (fcntl(other, F_GETFD) != -1) ++*open_ones;
    }
  });
  child.wait();
  EXPECT_EQ(child.death(), std::nullopt);
  EXPECT_EQ(*open_ones, 0);
  close(fd);
}

TEST(Process, IgnoresWhatATerminalSendsToAll) {
  Process child([] {
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM}) {
      std::raise(signal);
    }
  });
  child.wait();
  EXPECT_EQ(child.death(), std::nullopt);
}

TEST(Process, SaysWhatSomebodyElseDidToIt) {
  Process killed([] { std::raise(SIGKILL); });
  killed.wait();
  EXPECT_EQ(
      killed.done_from_outside(),
      "the process was killed from outside (SIGKILL), as the kernel does when memory runs out");
  Process limited([] { std::raise(SIGXCPU); });
  limited.wait();
  EXPECT_NE(limited.done_from_outside(), std::nullopt);
  Process crashed([] { std::raise(SIGTRAP); });
  crashed.wait();
  EXPECT_EQ(crashed.done_from_outside(), std::nullopt);
  Process stopped([] { std::raise(SIGSTOP); });
  std::optional<std::string> done;
  while (!done) done = stopped.done_from_outside();
  EXPECT_EQ(done, "the process was stopped from outside");
  stopped.kill();
  EXPECT_EQ(stopped.done_from_outside(), std::nullopt) << "that was us";
}

TEST(Process, OnlyAKillEndsOneThatHangs) {
  Process child(hang);
  EXPECT_FALSE(child.wait(milliseconds(100)));
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) child.send(signal);
  EXPECT_FALSE(child.wait(milliseconds(100)));
  child.kill();
  EXPECT_TRUE(child.ended());
  child.send(SIGTERM);  // to nobody
}

TEST(InChild, ReturnsWhatTheChildReturns) {
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(in_child([&] { return large; }, seconds(20)).text, large);
  EXPECT_EQ(in_child([] { return std::string(); }, seconds(20)).text, "");
}

TEST(InChild, SaysWhyThereIsNoAnswer) {
  const ChildAnswer ended = in_child([]() -> std::string { _exit(0); }, seconds(20));
  EXPECT_EQ(ended.text, std::nullopt);
  EXPECT_EQ(ended.outside, std::nullopt);
  EXPECT_EQ(ended.death, "it ended its process, by exit or the like, with status 0");
  const auto throws = []() -> std::string { throw std::runtime_error("no"); };
  EXPECT_EQ(in_child(throws, seconds(20)).death, "an exception was not caught: no");
  const ChildAnswer late = in_child([]() -> std::string { hang(); }, milliseconds(100));
  EXPECT_EQ(late.text, std::nullopt);
  EXPECT_EQ(late.death, "it has not ended in time");
  const ChildAnswer killed = in_child(
      []() -> std::string {
        std::raise(SIGKILL);
        return "";
      },
      seconds(20));
  EXPECT_EQ(killed.text, std::nullopt);
  ASSERT_TRUE(killed.outside);
  EXPECT_NE(killed.outside->find("killed from outside"), std::string::npos);
}

}  // namespace
}  // namespace poolproof
