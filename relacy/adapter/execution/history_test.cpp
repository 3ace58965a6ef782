// What is read of Relacy's words, line by line.
#include "history.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace poolproof {
namespace {

using Kind = HistoryEvent::Kind;

// A history as Relacy prints it, with these lines for the actors' part.
std::string text_of(const std::vector<std::string>& lines) {
  std::string text = "DATA RACE\niteration: 1\n\nexecution history (9):\n";
  unsigned number = 0;
  const auto add = [&](const std::string& line) {
    text += '[' + std::to_string(number++) + "] " + line + '\n';
  };
  add("0: [BEFORE BEGIN], in fiber_proc_impl, /usr/include/relacy/context.hpp(457)");
  add("0: [BEFORE END], in fiber_proc_impl, /usr/include/relacy/context.hpp(457)");
  for (const std::string& line : lines) {
    add(line + ", in void f() [with T = int; B = x], /home/me/pool.hpp(" +
        std::to_string(10 + number) + ")");
  }
  return text + "\nthread 0:\n[2] 0: once more, in f, x(1)\n";
}

HistoryEvent read_one(const std::string& line) {
  const History history = read_history(text_of({line}));
  EXPECT_EQ(history.size(), 1u);
  return history.empty() ? HistoryEvent() : history[0];
}
const void* at(std::uintptr_t address) { return reinterpret_cast<const void*>(address); }

TEST(ReadHistory, Load) {
  const HistoryEvent event =
      read_one("1: <0x10> atomic load, value=1794 [NOT CURRENT], order=acquire");
  EXPECT_EQ(event.phase, HistoryEvent::Phase::actors);
  EXPECT_EQ(event.actor, 1u);
  EXPECT_EQ(event.kind, Kind::load);
  EXPECT_EQ(event.operation, "load");
  EXPECT_EQ(event.address, at(0x10));
  EXPECT_EQ(event.raw_seen, "1794");
  EXPECT_EQ(event.order, "acquire");
  EXPECT_EQ(event.file, "pool.hpp");
  EXPECT_EQ(event.line, 12u);
  EXPECT_TRUE(event.stale);
}
TEST(ReadHistory, Store) {
  const HistoryEvent event =
      read_one("0: <0x20> atomic store, value=510, (prev value=3), order=relaxed");
  EXPECT_EQ(event.kind, Kind::store);
  EXPECT_EQ(event.raw_stored, "510");
  EXPECT_EQ(event.raw_seen, "3");
}
TEST(ReadHistory, CasThatSucceeds) {
  const HistoryEvent event =
      read_one("0: <0x10> CAS succ [ABA] orig=1794, cmp=1794, xchg=2303, order=release");
  EXPECT_EQ(event.kind, Kind::cas);
  EXPECT_TRUE(event.succeeded);
  EXPECT_TRUE(event.aba);
  EXPECT_EQ(event.order, "release");
  EXPECT_EQ(event.raw_expected, "1794");
  EXPECT_EQ(event.raw_stored, "2303");
}
TEST(ReadHistory, CasThatFails) {
  HistoryEvent event = read_one("0: <0x10> CAS fail orig=1794, cmp=1537, xchg=1, order=release");
  EXPECT_FALSE(event.succeeded);
  EXPECT_FALSE(event.spurious);
  EXPECT_EQ(event.raw_seen, "1794");
  EXPECT_EQ(event.raw_expected, "1537");
  event = read_one("0: <0x10> CAS fail [SPURIOUSLY] orig=1, cmp=1, xchg=2, order=release");
  EXPECT_TRUE(event.spurious);
  EXPECT_EQ(event.order, "release") << "where nothing is said of a failure";
}
TEST(ReadHistory, ReadModifyWrite) {
  HistoryEvent event = read_one("0: <0x50> fetch_add , prev=3, arg=1, new=4, order=acq_rel");
  EXPECT_EQ(event.kind, Kind::rmw);
  EXPECT_EQ(event.operation, "fetch_add");
  EXPECT_EQ(event.raw_seen, "3");
  EXPECT_EQ(event.raw_stored, "4");
  event = read_one("0: <0x50> exchange , prev=0x110, arg=0, new=0, order=acq_rel");
  EXPECT_EQ(event.operation, "exchange");
  EXPECT_EQ(event.raw_seen, "0x110");
}
TEST(ReadHistory, PlainVariableMutexAndNote) {
  EXPECT_EQ(read_one("0: <0x30> store, value=3").kind, Kind::write);
  EXPECT_EQ(read_one("0: <0x30> load, value=3").kind, Kind::read);
  EXPECT_EQ(read_one("0: <0x77> mutex: exclusive lock").kind, Kind::lock);
  EXPECT_EQ(read_one("0: <0x77> mutex: exclusive unlock").kind, Kind::unlock);
  EXPECT_EQ(read_one("0: <0x77> mutex: blocking").kind, Kind::wait);
  const HistoryEvent note = read_one("0: free 0x100");
  EXPECT_TRUE(note.note());
  EXPECT_EQ(note.text, "free 0x100");
  EXPECT_TRUE(read_history(text_of({"0: yield(1)"})).empty());
}
TEST(ReadHistory, UnknownLinesAreKept) {
  const HistoryEvent event = read_one("0: <0x10> atomic frobnication of 0x110");
  EXPECT_EQ(event.kind, Kind::other);
  EXPECT_EQ(event.address, at(0x10));
  EXPECT_EQ(event.text, "atomic frobnication of 0x110");
}
TEST(ReadHistory, OnlyTheLibrariesHaveNoPlace) {
  const auto event_in = [](const std::string& path) {
    const History history = read_history(
        "[0] 0: [BEFORE BEGIN]\n[1] 0: [BEFORE END]\n"
        "[2] 0: <0x10> atomic store, value=1, (prev value=0), order=relaxed, in f, " +
        path + "(7)\n");
    return history.at(0);
  };
  EXPECT_EQ(event_in("/home/me/include/me/pool.hpp").file, "pool.hpp");
  EXPECT_EQ(event_in("/usr/include/relacy/context.hpp").file, "");
  EXPECT_EQ(event_in("/usr/include/c++/12/atomic").file, "");
  EXPECT_TRUE(event_in("/usr/include/relacy/atomic.hpp").made);
}
TEST(ReadHistory, PhasesFollowRelacysMarks) {
  const History history = read_history(
      "[0] 0: early, in f, x(1)\n[1] 0: [BEFORE BEGIN]\n[2] 0: first, in f, x(1)\n"
      "[3] 0: [BEFORE END]\n[4] 1: second, in f, x(1)\n[5] 0: [AFTER BEGIN]\n"
      "[6] 0: DATA RACE (data race detected), in f, /usr/include/relacy/context.hpp(1)\n");
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].phase, HistoryEvent::Phase::before);
  EXPECT_EQ(history[1].phase, HistoryEvent::Phase::actors);
  EXPECT_EQ(history[2].phase, HistoryEvent::Phase::rest);
  EXPECT_EQ(history[2].kind, Kind::other);
}

}  // namespace
}  // namespace poolproof
