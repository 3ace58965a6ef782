// How children end, and what comes through a pipe.
#include "process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

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

TEST(Process, SaysHowItDied) {
  Process exits([] { _exit(7); });
  exits.wait();
  EXPECT_EQ(exits.exit_status(), 7);
  EXPECT_EQ(exits.death(), "the process ended with status 7; what it printed is above");
  Process throws([] { throw std::runtime_error("no memory today"); });
  throws.wait();
  EXPECT_EQ(throws.exit_status(), EXIT_FAILURE);
  Process killed([] { std::raise(SIGKILL); });
  killed.wait();
  EXPECT_EQ(killed.exit_status(), std::nullopt);
  EXPECT_EQ(killed.death(), "the process died of SIGKILL (Killed)");
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
  EXPECT_EQ(in_child([&] { return large; }, seconds(20)), large);
  EXPECT_EQ(in_child([] { return std::string(); }, seconds(20)), "");
}

TEST(InChild, ReturnsNothingFromAChildThatDiesOrHangs) {
  EXPECT_EQ(in_child([]() -> std::string { _exit(1); }, seconds(20)), std::nullopt);
  EXPECT_EQ(in_child([]() -> std::string { throw std::runtime_error("no"); }, seconds(20)),
            std::nullopt);
  EXPECT_EQ(in_child([]() -> std::string { hang(); }, milliseconds(100)), std::nullopt);
}

TEST(Pipe, SaysWhenNothingComesAndWhenNothingWillCome) {
  Pipe pipe;
  EXPECT_EQ(pipe.read(milliseconds(1)), "");
  pipe.write("one line\n");
  EXPECT_EQ(pipe.read(seconds(20)), "one line\n");
  pipe.be_reader();
  EXPECT_EQ(pipe.read(seconds(20)), std::nullopt);
}

}  // namespace
}  // namespace poolproof
