// Traces of histories that are written here, line by line.
#include "trace.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trace_parse.hpp"
#include "trace_words.hpp"

namespace poolproof {
namespace {

using Kind = TraceEvent::Kind;

// A history as Relacy prints it, with these lines for the actors' part.
std::string history_of(const std::vector<std::string>& lines) {
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

// Variables at the addresses 0x10, 0x20, ...; the head's word has 8 bits of index.
struct Variables {
  Variables() {
    names("head", *at(0x10), NoncedIndex(8));
    names("next", 2, *at(0x20), LinkLayout{255, 1});
    names.of_oracle("payload", 1, *at(0x30));
    names.bookkeeping("chunks", *at(0x40));
    names("mutex", RelacyMutexLike{});
    names.blocks(at(0x100), 2, 16, 4);
  }
  struct RelacyMutexLike {
    void lock();
  };
  template <class T>
  struct VarLike {};
  static const VarLike<int>* at(std::uintptr_t address) {
    return reinterpret_cast<const VarLike<int>*>(address);
  }
  Names names;
};

History parse(const std::vector<std::string>& lines) {
  return parse_history(history_of(lines), Variables().names);
}
HistoryEvent parse_one(const std::string& line) {
  const History history = parse({line});
  EXPECT_EQ(history.size(), 1u);
  return history.empty() ? HistoryEvent() : history[0];
}

TEST(TraceParse, Load) {
  const HistoryEvent event =
      parse_one("1: <0x10> atomic load, value=1794 [NOT CURRENT], order=acquire");
  EXPECT_EQ(event.actor, 1u);
  EXPECT_EQ(event.kind, Kind::load);
  EXPECT_EQ(event.variable, "head");
  EXPECT_EQ(event.seen.text(), "index 2, nonce 7");
  EXPECT_EQ(event.order, "acquire");
  EXPECT_EQ(event.file, "pool.hpp");
  EXPECT_EQ(event.line, 12u);
  EXPECT_TRUE(event.stale);
}
TEST(TraceParse, Store) {
  const HistoryEvent event =
      parse_one("0: <0x20> atomic store, value=510, (prev value=3), order=relaxed");
  EXPECT_EQ(event.kind, Kind::store);
  EXPECT_EQ(event.variable, "next[2]");
  EXPECT_EQ(event.stored.text(), "none");
  EXPECT_EQ(event.seen.text(), "index 1, claimed");
  EXPECT_EQ(event_words(event), "store next[2] = none");
}
TEST(TraceParse, CasThatSucceeds) {
  const HistoryEvent event =
      parse_one("0: <0x10> CAS succ [ABA] orig=1794, cmp=1794, xchg=2303, order=release");
  EXPECT_TRUE(event.succeeded);
  EXPECT_TRUE(event.aba);
  EXPECT_EQ(event.order, "release");
  EXPECT_EQ(event.expected.text(), "index 2, nonce 7");
}
TEST(TraceParse, CasThatFails) {
  HistoryEvent event =
      parse_one("0: <0x10> CAS fail orig=1794, cmp=1537, xchg=2303, order=release");
  EXPECT_FALSE(event.succeeded);
  EXPECT_EQ(event_words(event), "CAS head fails: index 2 (not 1), nonce 7 (not 6)");
  event = parse_one("0: <0x10> CAS fail [SPURIOUSLY] orig=1, cmp=1, xchg=2, order=release");
  EXPECT_TRUE(event.spurious);
  EXPECT_EQ(mark_of(event), "SPURIOUS");
}
TEST(TraceParse, ReadModifyWrite) {
  HistoryEvent event = parse_one("0: <0x50> fetch_add , prev=3, arg=1, new=4, order=acq_rel");
  EXPECT_EQ(event.kind, Kind::rmw);
  EXPECT_EQ(event_words(event), "fetch_add v1: 3 -> 4");
  event = parse_one("0: <0x50> exchange , prev=0x110, arg=0, new=0, order=acq_rel");
  EXPECT_EQ(event.seen.text(), "block 5");
}
TEST(TraceParse, PointersToNoBlockAreToldApart) {
  const History history =
      parse({"0: <0x50> atomic load, value=0x9000, order=acquire",
             "0: <0x50> CAS succ orig=0x9000, cmp=0x9000, xchg=0x9040, "
             "order=acquire",
             "1: <0x50> CAS succ orig=0x9040, cmp=0x9040, xchg=0, order=acquire",
             "0: <0x60> atomic load, value=0, order=relaxed"});
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(event_words(history[0]), "load v1 = p1");
  EXPECT_EQ(event_words(history[1]), "CAS v1: p1 -> p2");
  EXPECT_EQ(event_words(history[2]), "CAS v1: p2 -> none");
  EXPECT_EQ(event_words(history[3]), "load v2 = 0");  // no pointer was ever seen there
}
TEST(TraceParse, OnlyTheLibrariesHaveNoPlace) {
  const auto file_of = [](const std::string& path) {
    const std::string text =
        "[0] 0: [BEFORE BEGIN]\n[1] 0: [BEFORE END]\n"
        "[2] 0: <0x10> atomic load, value=1, order=acquire, in f, " +
        path + "(7)\n";
    const History history = parse_history(text, Variables().names);
    return history.size() == 1 ? history[0].file : "nothing";
  };
  EXPECT_EQ(file_of("/home/me/include/me/pool.hpp"), "pool.hpp");
  EXPECT_EQ(file_of("/usr/include/relacy/context.hpp"), "");
  EXPECT_EQ(file_of("/usr/include/c++/12/atomic"), "");
}
TEST(TraceParse, PlainVariableMutexAndNote) {
  EXPECT_EQ(event_words(parse_one("0: <0x30> store, value=3")), "write payload[1] = 3");
  EXPECT_EQ(event_words(parse_one("0: <0x30> load, value=3")), "read payload[1] = 3");
  EXPECT_EQ(event_words(parse_one("0: <0x77> mutex: exclusive lock")), "lock mutex");
  EXPECT_EQ(event_words(parse_one("0: <0x77> mutex: blocking")), "wait for mutex");
  EXPECT_EQ(parse_one("0: free 0x100").text, "free block 4");
  EXPECT_TRUE(parse({"0: yield(1)"}).empty());
}
TEST(TraceParse, UnknownLinesAreKept) {
  EXPECT_EQ(event_words(parse_one("0: <0x10> atomic frobnication of 0x110")),
            "head atomic frobnication of block 5");
}

TEST(Names, DecodeTwoLists) {
  Names names;
  const TwoListWord layout(8);
  names("word", *Variables::at(0x10), layout);
  const std::string word = std::to_string(layout.make(1, 255, 2));
  EXPECT_EQ(fields_text(names.decode(Variables::at(0x10), word)),
            "active 1, limbo none, poppers 2");
}

// The trace of these lines and a failure of the first actor.
Trace trace_of(std::vector<std::string> lines, const std::string& oracle) {
  lines.push_back("0: SOMETHING FAILED");
  return read_trace(history_of(lines), Variables().names, oracle, "it is wrong");
}

// Head goes from {2, 7} to {1, 7} and back, while actor 0 has only looked at it.
std::vector<std::string> aba_lines(const std::string& change) {
  return {"0: <0x10> atomic load, value=1794, order=acquire",
          "0: <0x20> atomic load, value=2, order=relaxed",
          "1: <0x10> CAS succ orig=1794, cmp=1794, xchg=1793, order=relaxed",
          "1: <0x20> atomic store, value=" + change + ", (prev value=2), order=relaxed",
          "1: <0x10> CAS succ orig=1793, cmp=1793, xchg=1794, order=relaxed",
          "0: <0x10> CAS succ [ABA] orig=1794, cmp=1794, xchg=1793, order=relaxed"};
}
TEST(TraceMarks, AbaSaysWhatIsOutdated) {
  const Trace trace = trace_of(aba_lines("510"), "ownership");
  const TraceEvent& cas = trace.events.at(5);
  EXPECT_TRUE(cas.aba);
  EXPECT_FALSE(cas.harmless);
  EXPECT_EQ(cas.changes, 2u);
  EXPECT_EQ(cas.since, 1u);
  EXPECT_EQ(cas.outdated, 2u);
  EXPECT_EQ(trace.story,
            "Actor 0 saw head = index 2, nonce 7 (event 1) and next[2] = index 1 (event 2); then "
            "head changed 2 times and came back to index 2, nonce 7 (events 3 and 5), but next[2] "
            "had become none (event 4), so its CAS (event 6) succeeded and installed the outdated "
            "next[2] = index 1; actor 0 fails: it is wrong (event 7).");
}
TEST(TraceMarks, NoAbaWhereNothingChanged) {
  std::vector<std::string> lines = aba_lines("510");
  lines.erase(lines.begin() + 2, lines.begin() + 5);
  EXPECT_FALSE(trace_of(lines, "ownership").events.at(2).aba);
}
TEST(TraceMarks, AbaIsHarmlessWhereNothingElseWasRead) {
  std::vector<std::string> lines = aba_lines("510");
  lines.erase(lines.begin() + 1);
  EXPECT_TRUE(trace_of(lines, "ownership").events.at(4).harmless);
}

TEST(TraceMarks, NoiseIsHidden) {
  const Trace trace =
      trace_of({"0: <0x10> atomic load, value=1, order=acquire",  // never written
                "0: <0x30> store, value=3",                       // the oracle's
                "0: <0x40> load, value=3",                        // bookkeeping
                "0: yield(1)", "1: <0x20> atomic store, value=1, (prev value=0), order=relaxed",
                "0: <0x20> atomic load, value=1, order=relaxed"},
               "ownership");
  ASSERT_EQ(trace.events.size(), 3u);
  EXPECT_EQ(trace.events[0].kind, Kind::store);
  EXPECT_EQ(trace.events[1].kind, Kind::load);
  EXPECT_EQ(trace.events[2].kind, Kind::fail);
}

TEST(Trace, CallsAreFoldedIntoTheirEvents) {
  const Trace trace =
      trace_of({"0: alloc", "0: <0x10> CAS succ orig=1794, cmp=1794, xchg=2303, order=release",
                "0: got 0x110", "0: <0x30> store, value=3", "1: alloc", "1: got none"},
               "ownership");
  ASSERT_EQ(trace.events.size(), 3u);
  EXPECT_EQ(event_words(trace.events[0]),
            "alloc: CAS head: index 2 -> none, nonce 7 -> 8 => block 5");
  EXPECT_EQ(event_words(trace.events[1]), "alloc => none");
}

TEST(Trace, LongOnesLeaveOutReadsOfCallsThatNobodyInterrupted) {
  std::vector<std::string> lines;
  for (int i = 0; i != 20; ++i) {
    lines.insert(lines.end(), {"0: alloc", "0: <0x10> atomic load, value=1794, order=acquire",
                               "0: <0x20> atomic load, value=2, order=relaxed",
                               "0: <0x10> CAS succ orig=1794, cmp=1794, xchg=1793, order=relaxed"});
  }
  const std::string link = "1: <0x20> atomic store, value=4, (prev value=2), order=relaxed";
  lines.insert(lines.begin() + 2, link);  // into the first call
  const Trace trace = trace_of(lines, "ownership");
  // Of the first, and of the last, which is the one that fails, there is all.
  EXPECT_EQ(trace.events.size(), 4u + 18u + 3u + 1u);
  EXPECT_EQ(event_words(trace.events[4]), "alloc: CAS head: index 2 -> 1");
  EXPECT_NE(trace_text(trace, 2, false).find("Not shown: reads"), std::string::npos);
}

TEST(Trace, OfNothingIsTheFailure) {
  const Trace trace = read_trace("", Names(), "crash", "it died");
  ASSERT_EQ(trace.events.size(), 1u);
  EXPECT_NE(trace_text(trace, 2, false).find("crash: it died"), std::string::npos);
}

}  // namespace
}  // namespace poolproof
