// Traces of histories that are written here, event by event.
#include "relacy/trace/story/make_trace.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "draft.hpp"
#include "relacy/trace/names.hpp"
#include "relacy/trace/source_lines.hpp"
#include "relacy/trace/trace_words.hpp"

namespace poolproof {
namespace {

using Kind = HistoryEvent::Kind;

HistoryEvent event(unsigned actor, Kind kind, const char* operation, std::uintptr_t address,
                   const std::string& order = "") {
  HistoryEvent one;
  one.phase = HistoryEvent::Phase::actors;
  one.actor = actor;
  one.kind = kind;
  one.operation = operation;
  one.address = reinterpret_cast<const void*>(address);
  one.order = order;
  return one;
}
HistoryEvent load(unsigned actor, std::uintptr_t address, const std::string& value) {
  HistoryEvent one = event(actor, Kind::load, "load", address, "acquire");
  one.raw_seen = value;
  return one;
}
HistoryEvent store(unsigned actor, std::uintptr_t address, const std::string& seen,
                   const std::string& value) {
  HistoryEvent one = event(actor, Kind::store, "store", address, "relaxed");
  one.raw_seen = seen;
  one.raw_stored = value;
  return one;
}
HistoryEvent cas(unsigned actor, std::uintptr_t address, const std::string& seen,
                 const std::string& expected, const std::string& value) {
  HistoryEvent one = event(actor, Kind::cas, "CAS", address, "relaxed");
  one.raw_seen = seen;
  one.raw_expected = expected;
  one.raw_stored = value;
  one.succeeded = seen == expected;
  return one;
}
HistoryEvent rmw(const char* operation, std::uintptr_t address, const std::string& seen,
                 const std::string& value) {
  HistoryEvent one = event(0, Kind::rmw, operation, address, "acq_rel");
  one.raw_seen = seen;
  one.raw_stored = value;
  return one;
}
HistoryEvent read(std::uintptr_t address, const std::string& value) {
  HistoryEvent one = event(0, Kind::read, "read", address);
  one.raw_seen = value;
  return one;
}
HistoryEvent write(std::uintptr_t address, const std::string& value) {
  HistoryEvent one = event(0, Kind::write, "write", address);
  one.raw_stored = value;
  return one;
}
HistoryEvent note(unsigned actor, const std::string& text) {
  HistoryEvent one = event(actor, Kind::note, "", 0);
  one.text = text;
  return one;
}

// Variables at the addresses 0x10, 0x20, ...; the head's word has 8 bits of index.
struct Variables {
  Variables() {
    names("head", *at(0x10), [](std::uint64_t word, auto& field) {
      field("index", index_text(word & 255, 255));
      field("nonce", word >> 8);
    });
    names("next", 2, *at(0x20), [none = 255U](std::uint64_t link, auto& field) {
      field("index", index_text(link >> 1, none));
      field("", (link & 1) != 0 ? "claimed" : "");
    });
    names.of_oracle("payload", 1, *at(0x30));
    names.bookkeeping("chunks", *at(0x40));
    names("mutex", MutexLike{});
    names.blocks(at(0x100), 2, 16, 4);
  }
  struct MutexLike {
    void lock();
  };
  template <class T>
  struct VarLike {};
  static const VarLike<int>* at(std::uintptr_t address) {
    return reinterpret_cast<const VarLike<int>*>(address);
  }
  static std::string index_text(std::uint64_t index, std::uint64_t none) {
    return index == none ? "none" : std::to_string(index);
  }
  Names names;
};

Draft draft_of(const History& history) { return make_draft(history, Variables().names); }
DraftEvent name_one(const HistoryEvent& one) { return draft_of({one}).at(0); }
std::string words_of(const HistoryEvent& one) { return event_words(name_one(one)); }

TEST(TraceDraft, NamesVariablesAndDecodesValues) {
  const DraftEvent loaded = name_one(load(1, 0x10, "1794"));
  EXPECT_EQ(loaded.variable, "head");
  EXPECT_EQ(loaded.seen.text(), "index 2, nonce 7");
  const DraftEvent stored = name_one(store(0, 0x20, "3", "510"));
  EXPECT_EQ(stored.variable, "next[2]");
  EXPECT_EQ(stored.stored.text(), "none");
  EXPECT_EQ(stored.seen.text(), "index 1, claimed");
  EXPECT_EQ(event_words(stored), "store next[2] = none");
}
TEST(TraceDraft, WordsOfACas) {
  EXPECT_EQ(words_of(cas(0, 0x10, "1794", "1537", "2303")),
            "CAS head fails: index 2 (not 1), nonce 7 (not 6)");
  HistoryEvent spurious = cas(0, 0x10, "1", "1", "2");
  spurious.succeeded = false;
  spurious.spurious = true;
  EXPECT_EQ(mark_of(name_one(spurious)), "SPURIOUS");
}
TEST(TraceDraft, VariablesWithoutANameAreNumbered) {
  EXPECT_EQ(words_of(rmw("fetch_add", 0x50, "3", "4")), "fetch_add v1: 3 -> 4");
  EXPECT_EQ(name_one(rmw("exchange", 0x50, "0x110", "0")).seen.text(), "block 5");
}
TEST(TraceDraft, PointersToNoBlockAreToldApart) {
  const Draft draft = draft_of({load(0, 0x50, "0x9000"), cas(0, 0x50, "0x9000", "0x9000", "0x9040"),
                                cas(1, 0x50, "0x9040", "0x9040", "0"), load(0, 0x60, "0")});
  EXPECT_EQ(event_words(draft[0]), "load v1 = p1");
  EXPECT_EQ(event_words(draft[1]), "CAS v1: p1 -> p2");
  EXPECT_EQ(event_words(draft[2]), "CAS v1: p2 -> none");
  EXPECT_EQ(event_words(draft[3]), "load v2 = 0");  // no pointer was ever seen there
}
TEST(TraceDraft, PlainVariableMutexAndNote) {
  EXPECT_EQ(words_of(write(0x30, "3")), "write payload[1] = 3");
  EXPECT_EQ(words_of(read(0x30, "3")), "read payload[1] = 3");
  EXPECT_EQ(words_of(event(0, Kind::lock, "lock", 0x77)), "lock mutex");
  EXPECT_EQ(words_of(event(0, Kind::wait, "wait for", 0x77)), "wait for mutex");
  EXPECT_EQ(name_one(note(0, "free 0x100")).text, "free block 4");
}
TEST(TraceDraft, WhatTheEngineSaysOfAVariableIsKept) {
  HistoryEvent other = event(0, Kind::other, "", 0x10);
  other.text = "atomic frobnication of 0x110";
  EXPECT_EQ(words_of(other), "head atomic frobnication of block 5");
}

TEST(Names, DecodersGetNegativeNumbersAsTheirBits) {
  Names names;
  names("count", *Variables::at(0x10), [](std::uint64_t value, auto& field) {
    field("count", static_cast<std::int64_t>(value));
    field("none", value + 1 == 0);
  });
  EXPECT_EQ(fields_text(names.decode(Variables::at(0x10), "-1")), "count -1, none 1");
}

// The trace of these events and a failure of the first actor.
Trace trace_of(History history, const std::string& oracle, bool sees_all = true) {
  HistoryEvent failure = event(0, Kind::other, "", 0);
  failure.text = "SOMETHING FAILED";
  history.push_back(failure);
  Names names = Variables().names;
  if (!sees_all) names.plain_is_unseen();
  return make_trace(history, names, oracle, "it is wrong");
}

// Head goes from {2, 7} to {1, 7} and back, while actor 0 has only looked at it.
History aba_history(const std::string& change) {
  History history = {load(0, 0x10, "1794"),
                     load(0, 0x20, "2"),
                     cas(1, 0x10, "1794", "1794", "1793"),
                     store(1, 0x20, "2", change),
                     cas(1, 0x10, "1793", "1793", "1794"),
                     cas(0, 0x10, "1794", "1794", "1793")};
  history.back().aba = true;
  return history;
}
TEST(TraceMarks, AbaSaysWhatIsOutdated) {
  const Trace trace = trace_of(aba_history("510"), "ownership");
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
  History history = aba_history("510");
  history.erase(history.begin() + 2, history.begin() + 5);
  EXPECT_FALSE(trace_of(history, "ownership").events.at(2).aba);
}
TEST(TraceMarks, AbaIsHarmlessWhereNothingElseWasRead) {
  History history = aba_history("510");
  history.erase(history.begin() + 1);
  EXPECT_TRUE(trace_of(history, "ownership").events.at(4).harmless);
}

TEST(TraceMarks, AbaWhoseLinkWasReadByExchangeIsHarmful) {
  History history = aba_history("510");
  history[1] = rmw("exchange", 0x20, "2", "3");
  const Trace trace = trace_of(history, "ownership");
  EXPECT_FALSE(trace.events.at(5).harmless);
  EXPECT_EQ(trace.events.at(5).outdated, 2u);
  EXPECT_NE(trace.story.find("installed the outdated next[2] = index 1"), std::string::npos)
      << trace.story;
}
TEST(TraceMarks, AbaWhoseLinkTheActorTookItselfIsHarmful) {
  History history = aba_history("510");
  history[1] = rmw("exchange", 0x20, "2", "3");
  history.erase(history.begin() + 3);  // nobody else has written there
  const Trace trace = trace_of(history, "ownership");
  EXPECT_FALSE(trace.events.at(4).harmless);
  EXPECT_EQ(trace.events.at(4).outdated, 0u);
}
TEST(TraceMarks, AbaIsNotHarmlessWhereALinkMayBePlainMemory) {
  History history = aba_history("510");
  history.erase(history.begin() + 1);
  const Trace trace = trace_of(history, "ownership", false);
  EXPECT_FALSE(trace.events.at(4).harmless);
  EXPECT_EQ(mark_of(trace.events.at(4)), "ABA");
  EXPECT_NE(trace.story.find("Actor 0 saw head = index 2, nonce 7 (event 1); then head changed 2 "
                             "times and came back to index 2, nonce 7 (events 2 and 4), so its "
                             "relaxed CAS (event 5) took it for untouched, whatever its actor had "
                             "read meanwhile as plain memory, which is not seen; actor 0 fails"),
            std::string::npos)
      << trace.story;
}
TEST(TraceMarks, AbaOfAPushThatPutsALinkIsHarmless) {
  History history = aba_history("510");
  history[1] = store(0, 0x20, "2", "2");  // the index in head
  EXPECT_TRUE(trace_of(history, "ownership", false).events.at(5).harmless);
  history[1] = store(0, 0x20, "2", "4");  // something else
  EXPECT_FALSE(trace_of(history, "ownership", false).events.at(5).harmless);
}
TEST(TraceMarks, AbaThatIsKnownToDoHarmIsTheCause) {
  History history = aba_history("510");
  History unknown = aba_history("510");
  unknown.erase(unknown.begin() + 1);
  history.insert(history.end(), unknown.begin(), unknown.end());
  EXPECT_NE(trace_of(history, "ownership", false).story.find("(event 6) succeeded and installed"),
            std::string::npos);
}

TEST(TraceMarks, NoiseIsHidden) {
  const Trace trace = trace_of({load(0, 0x10, "1"),  // never written
                                write(0x30, "3"),    // the oracle's
                                read(0x40, "3"),     // bookkeeping
                                store(1, 0x20, "0", "1"), load(0, 0x20, "1")},
                               "ownership");
  ASSERT_EQ(trace.events.size(), 3u);
  EXPECT_EQ(trace.events[0].kind, Kind::store);
  EXPECT_EQ(trace.events[1].kind, Kind::load);
  EXPECT_EQ(trace.events[2].kind, Kind::fail);
}

TEST(Trace, CallsAreFoldedIntoTheirEvents) {
  const Trace trace =
      trace_of({note(0, "alloc"), cas(0, 0x10, "1794", "1794", "2303"), note(0, "got 0x110"),
                write(0x30, "3"), note(1, "alloc"), note(1, "got none")},
               "ownership");
  ASSERT_EQ(trace.events.size(), 3u);
  EXPECT_EQ(event_words(trace.events[0]),
            "alloc: CAS head: index 2 -> none, nonce 7 -> 8 => block 5");
  EXPECT_EQ(event_words(trace.events[1]), "alloc => none");
}

TEST(Trace, LongOnesLeaveOutReadsOfCallsThatNobodyInterrupted) {
  History history;
  for (int i = 0; i != 20; ++i) {
    history.insert(history.end(), {note(0, "alloc"), load(0, 0x10, "1794"), load(0, 0x20, "2"),
                                   cas(0, 0x10, "1794", "1794", "1793")});
  }
  history.insert(history.begin() + 2, store(1, 0x20, "2", "4"));  // into the first call
  const Trace trace = trace_of(history, "ownership");
  // Of the first, and of the last, which is the one that fails, there is all.
  EXPECT_EQ(trace.events.size(), 4u + 18u + 3u + 1u);
  EXPECT_EQ(event_words(trace.events[4]), "alloc: CAS head: index 2 -> 1");
  EXPECT_NE(trace_text(trace, 2).find("Not shown: reads"), std::string::npos);
}

TEST(Trace, BeginsWithTheStory) {
  const Trace trace = trace_of(aba_history("510"), "ownership", false);
  const std::string text = trace_text(trace, 2, {.width = 80});
  const std::string start = trace.story.substr(0, trace.story.find(' '));
  EXPECT_TRUE(text.starts_with(start)) << text;
  EXPECT_EQ(text.find(start, 1) < text.find("actor 0  "), false) << "it is told once";
}

class SourceLinesTest : public testing::Test {
 protected:
  ~SourceLinesTest() override { std::filesystem::remove(path_); }

  static std::string written() {
    std::string path = testing::TempDir() + "source_lines." + std::to_string(getpid()) + ".hpp";
    std::ofstream(path) << "first\n\t second();  \nlast";
    return path;
  }

  const std::string path_ = written();
  const std::filesystem::file_time_type written_ = std::filesystem::last_write_time(path_);
};

TEST_F(SourceLinesTest, AreThoseOfTheFile) {
  SourceLines sources(written_ + std::chrono::seconds(1));
  EXPECT_EQ(sources.line(path_, 1), "first");
  EXPECT_EQ(sources.line(path_, 2), "second();");
  EXPECT_EQ(sources.line(path_, 3), "last");
  EXPECT_EQ(sources.line(path_, 4), "");
  EXPECT_EQ(sources.line(path_, 0), "");
  EXPECT_EQ(sources.line(path_ + ".gone", 1), "");
  EXPECT_EQ(sources.line(testing::TempDir(), 1), "");
}

TEST_F(SourceLinesTest, AreNotShownOnceTheFileHasChanged) {
  SourceLines sources(written_ - std::chrono::seconds(1));
  EXPECT_EQ(sources.line(path_, 1), "");
}

TEST_F(SourceLinesTest, KnowTheirPlaceInTheRepository) {
  const std::filesystem::path root = path_ + ".folder";
  const std::filesystem::path file = root / "src" / "deep" / "pool.hpp";
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::copy(path_, file);
  EXPECT_EQ(SourceLines().in_repository(file), "");
  std::ofstream(root / ".git") << "a worktree has a file there";
  EXPECT_EQ(SourceLines().in_repository(file), "src/deep/pool.hpp");
  EXPECT_EQ(SourceLines().in_repository(root / "src" / ".." / "src" / "deep" / "pool.hpp"),
            "src/deep/pool.hpp");
  EXPECT_EQ(SourceLines().in_repository(root / "gone.hpp"), "");
  EXPECT_EQ(SourceLines().in_repository(""), "");
  std::filesystem::remove_all(root);
}

TEST(Trace, OfNothingIsTheFailure) {
  const Trace trace = make_trace({}, Names(), "crash", "it died");
  ASSERT_EQ(trace.events.size(), 1u);
  EXPECT_NE(trace_text(trace, 2).find("crash: it died"), std::string::npos);
}

}  // namespace
}  // namespace poolproof
