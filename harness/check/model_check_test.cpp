#include "model_check.hpp"

#include <gtest/gtest.h>

#include "doubt.hpp"

namespace poolproof {
namespace {

using Kind = CheckSearch::Kind;

TEST(Search, IsParsedAndComesBack) {
  EXPECT_EQ(parse_search("random")->kind, Kind::random);
  EXPECT_EQ(parse_search("interleavings")->kind, Kind::interleavings);
  EXPECT_EQ(parse_search("preemptions:0")->bound, 0U);
  EXPECT_EQ(parse_search("preemptions:100")->bound, 100U);
  for (const char* text :
       {"random", "walk", "pos", "selective", "handover", "pct:1", "pct:20", "interleavings",
        "preemptions:0", "preemptions:3", "preemptions:100", "exhaustive:0", "exhaustive:9", "auto",
        "departures:0", "departures:100"}) {
    ASSERT_TRUE(parse_search(text)) << text;
    EXPECT_EQ(format_search(*parse_search(text)), text);
  }
  EXPECT_EQ(format_search(*parse_search("exhaustive")), "exhaustive:1");
}

TEST(Search, IsRefusedWhenItIsNone) {
  for (const char* text : {"",
                           "Random",
                           "preemptions",
                           "preemptions:",
                           "preemptions:-1",
                           "preemptions:+1",
                           "preemptions:101",
                           "preemptions:3x",
                           "preemptions: 3",
                           "preemptions:99999999999999999",
                           "interleavings:3",
                           "random ",
                           "walk:1",
                           "pos:1",
                           "selective:2",
                           "pct",
                           "pct:0",
                           "pct:21",
                           "pct:3:3",
                           "exhaustive:",
                           "exhaustive:10",
                           "exhaustivex",
                           "auto:1",
                           "departures",
                           "departures:",
                           "bounded:3",
                           "full"}) {
    EXPECT_FALSE(parse_search(text)) << text;
  }
}

TEST(Search, ThatWasRenamedHasAPresentName) {
  EXPECT_EQ(renamed_search("bounded:3"), "preemptions:3");
  EXPECT_EQ(renamed_search("full"), "interleavings");
  for (const char* text : {"", "random", "preemptions:3", "bounded", "bounded:", "bounded:101",
                           "bounded:x", "full:3"}) {
    EXPECT_FALSE(renamed_search(text)) << text;
  }
}

CheckConfig config_of(const char* allocator) {
  CheckConfig config;
  config.allocator = allocator;
  config.scenario = "churn";
  return config;
}

CheckReport passed() {
  CheckReport report;
  report.verdict = Verdict::pass;
  report.executions = 1000;
  report.aba_windows = 1;
  report.share = 0.6;
  report.end_states = {.executions = 1000, .distinct = 100, .once = 20};
  return report;
}

// Empty for a PASS.
std::string doubt(const CheckConfig& config, CheckReport report) {
  judge_check(config, report);
  EXPECT_EQ(report.verdict == Verdict::pass, report.reason.empty());
  return report.reason;
}

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(CheckVerdict, IsAPassWhenEnoughWasSeen) {
  EXPECT_EQ(doubt(config_of("lockless"), passed()), "");
  CheckReport no_window = passed();
  no_window.aba_windows = 0;
  EXPECT_EQ(doubt(config_of("locked"), no_window), "");
}

TEST(CheckVerdict, IsNeverAPassForASpecimen) {
  EXPECT_TRUE(says(doubt(config_of("specimen.no_nonce"), passed()), "never a PASS"));
  EXPECT_TRUE(says(doubt(config_of("specimen.unsafe_splice"), passed()), "never a PASS"));
}

TEST(CheckVerdict, NeedsAnAbaWindowWhereAbaIsTheDanger) {
  CheckReport report = passed();
  report.aba_windows = 0;
  EXPECT_TRUE(says(doubt(config_of("lockless"), report), "no execution saw an ABA window"));
  EXPECT_TRUE(says(doubt(config_of("deferred"), report), "no execution saw an ABA window"));
}

TEST(CheckVerdict, NeedsThreeActorsAndThreeBlocks) {
  CheckConfig config = config_of("locked");
  config.scope.actors = 2;
  config.scope.blocks = 2;
  EXPECT_EQ(doubt(config, passed()),
            "a scope of 2 actors and 2 blocks misses real bugs: a PASS needs at least 3 by 3");
  config.scope.actors = 4;
  EXPECT_TRUE(says(doubt(config, passed()), "4 actors and 2 blocks"));
  config.scope.blocks = 1;
  EXPECT_TRUE(says(doubt(config, passed()), "4 actors and 1 block misses"));
}

TEST(CheckVerdict, NeedsThreeActorsOfALinearAllocatorWhateverItsSize) {
  CheckConfig config = config_of("async_linear");
  config.scope.blocks = 1;
  EXPECT_EQ(doubt(config, passed()), "");
  config.scope.actors = 2;
  EXPECT_TRUE(says(doubt(config, passed()), "a scope of 2 actors misses real bugs"));
}

TEST(CheckVerdict, NeedsAThousandExecutionsUnlessThereAreNoMore) {
  for (const Kind kind : {Kind::random, Kind::preemptions, Kind::interleavings}) {
    CheckConfig config = config_of("lockless");
    config.search.kind = kind;
    CheckReport report = passed();
    EXPECT_EQ(doubt(config, report), "");
    report.executions = 999;
    EXPECT_TRUE(says(doubt(config, report), "only 999 executions"));
    EXPECT_TRUE(says(doubt(config, report), "-b 1s would be enough"));
    report.exhausted = true;
    EXPECT_EQ(doubt(config, report), "");
  }
}

TEST(CheckVerdict, NeedsThreePreemptions) {
  CheckConfig config = config_of("lockless");
  config.search = {Kind::preemptions, 2};
  EXPECT_TRUE(says(doubt(config, passed()), "the plain ABA bug needs 3 preemptions"));
  config.search.bound = 3;
  EXPECT_EQ(doubt(config, passed()), "");
  config.search = {Kind::random, 0};
  EXPECT_EQ(doubt(config, passed()), "");
}

// Half of the bugs of that depth, at least, would have been found.
TEST(CheckVerdict, NeedsAChanceToHaveFoundABug) {
  CheckConfig config = config_of("lockless");
  config.search.kind = Kind::automatic;
  CheckReport report = passed();
  report.seconds = 2;
  report.searched = {{{Kind::random, 0}, 500}, {{Kind::pct, 3}, 1000, false, 0, 1e-3, 0}};
  EXPECT_EQ(doubt(config, report), "");
  report.searched[1].chance = 1e-4;
  EXPECT_EQ(
      doubt(config, report),
      "the chance to have missed a bug that takes 3 orderings of steps may be 90 %, and a PASS "
      "needs one of at most 50 %: -b 18s would be enough");
  config.executions = 1000;
  EXPECT_TRUE(says(doubt(config, report), "--executions 6932 would be enough"));
  report.searched[1].chance = 0;
  EXPECT_TRUE(says(doubt(config, report), "may be 100 %"));
  // Or all executions of few departures were made, or all there are.
  report.searched.push_back({{Kind::departures, 2}, 100, true});
  EXPECT_NE(doubt(config, report), "");
  report.searched.push_back({{Kind::departures, 3}, 100, true});
  EXPECT_EQ(doubt(config, report), "");
  report.searched.pop_back();
  report.searched.push_back({{Kind::exhaustive, 1}, 100, false, 0.4});
  EXPECT_NE(doubt(config, report), "");
  report.searched.back().share = 0.6;
  EXPECT_EQ(doubt(config, report), "");
  report.searched.clear();
  report.end_states.once = 990;
  EXPECT_TRUE(says(doubt(config, report), "would probably end in a new state (99 %)"));
  report.exhausted = true;
  EXPECT_EQ(doubt(config, report), "");
}

TEST(CheckVerdict, NeedsHalfOfASystematicSearch) {
  CheckConfig config = config_of("lockless");
  config.search.kind = Kind::interleavings;
  CheckReport report = passed();
  report.seconds = 10;
  report.share = 0.05;
  EXPECT_EQ(doubt(config, report),
            "5 % of the search was done, and a PASS needs half of it: -b 125s would be enough");
  report.share = 0;
  EXPECT_TRUE(says(doubt(config, report), "no -b of at most 1000h would be enough"));
}

TEST(CheckVerdict, OfProgressNeedsAnActorThatWasStopped) {
  CheckConfig config = config_of("lockless");
  config.lock_free = true;
  CheckReport report = passed();
  EXPECT_TRUE(says(doubt(config, report), "in no execution an actor was stopped"));
  report.stopped = 100;
  report.executions = 2000;
  report.seconds = 2;
  EXPECT_EQ(doubt(config, report),
            "in only 100 executions an actor was stopped: a PASS needs at least 1000; -b 25s would "
            "be enough");
  config.executions = 2000;
  EXPECT_TRUE(says(doubt(config, report), "--executions 20000 would be enough"));
  report.stopped = 1000;
  EXPECT_EQ(doubt(config, report), "");
  // And the rules for all checks.
  config.search = {Kind::pct, 3};
  report.searched = {{{Kind::pct, 3}, 1000, false, 0, 1e-4, 0}};
  EXPECT_TRUE(says(doubt(config, report), "may be 90 %"));
  report.executions = 999;
  EXPECT_TRUE(says(doubt(config, report), "only 999 executions"));
}

TEST(CheckVerdict, IsNoPassWhenInterrupted) {
  CheckReport report = passed();
  report.interrupted = true;
  EXPECT_EQ(doubt(config_of("lockless"), report), "interrupted");
}

TEST(CheckVerdict, LeavesAFailAndAnUnknownAlone) {
  CheckReport report;
  report.verdict = Verdict::fail;
  judge_check(config_of("specimen.no_nonce"), report);
  EXPECT_EQ(report.verdict, Verdict::fail);
  EXPECT_EQ(report.reason, "");
  report.verdict = Verdict::unknown;
  report.reason = "its own";
  judge_check(config_of("specimen.no_nonce"), report);
  EXPECT_EQ(report.reason, "its own");
}

// The check that follows one that proved too little.
std::optional<CheckConfig> next(const CheckConfig& config, CheckReport report) {
  judge_check(config, report);
  return next_check(config, report);
}

TEST(NextCheck, IsNoneOfAPassAFailOrAnotherUnknown) {
  EXPECT_FALSE(next(config_of("lockless"), passed()));
  CheckReport report = passed();
  report.verdict = Verdict::fail;
  EXPECT_FALSE(next(config_of("lockless"), report));
  report.verdict = Verdict::unknown;
  report.reason = "the check could not be made";
  EXPECT_FALSE(next(config_of("lockless"), report));
}

// The budget that the reason names may be too small for the doubts that come after it.
TEST(NextCheck, HasTheTimeThatEndsAllDoubts) {
  CheckConfig config = config_of("lockless");
  config.search.kind = Kind::automatic;
  config.budget = std::chrono::seconds(2);
  CheckReport report = passed();
  report.seconds = 2;
  report.executions = 500;
  report.searched = {{{Kind::pct, 3}, 500, false, 0, 1e-3, 0}};
  EXPECT_TRUE(says(doubt(config, report), "only 500 executions"));
  EXPECT_EQ(next(config, report)->budget, std::chrono::seconds(5));
  report.searched[0].chance = 1e-4;
  EXPECT_EQ(next(config, report)->budget, std::chrono::seconds(35));
  config.executions = 500;
  EXPECT_EQ(next(config, report)->executions, 6932U);
  EXPECT_EQ(next(config, report)->budget, config.budget);
}

TEST(NextCheck, IsNoSmallerThanAPassNeeds) {
  CheckConfig config = config_of("lockless");
  config.scope = {2, 2, 5};
  EXPECT_EQ(next(config, passed())->scope.actors, 3U);
  EXPECT_EQ(next(config, passed())->scope.blocks, 3U);
  EXPECT_EQ(next(config, passed())->scope.rounds, 5U);
  config = config_of("lockless");
  config.search = {Kind::preemptions, 2};
  EXPECT_EQ(next(config, passed())->search.bound, 3U);
}

TEST(NextCheck, OfASearchWithoutEndIsAnother) {
  CheckConfig config = config_of("lockless");
  config.search.kind = Kind::interleavings;
  CheckReport report = passed();
  report.seconds = 10;
  report.share = 0.05;
  EXPECT_EQ(next(config, report)->search.kind, Kind::interleavings);
  EXPECT_EQ(next(config, report)->budget, std::chrono::seconds(125));
  report.share = 1e-9;
  EXPECT_EQ(next(config, report)->search.kind, Kind::automatic);
}

TEST(NextCheck, OfAProgramKeepsItsOptions) {
  CheckConfig config = config_of("./queue_test");
  config.scenario = program_scenario;
  config.options = {"--no-leaks", "--steps 1000"};
  config.arguments = "2 3";
  CheckReport report = passed();
  report.seconds = 1;
  report.executions = 10;
  const auto more = next(config, report);
  ASSERT_TRUE(more);
  EXPECT_EQ(check_command(*more),
            "poolproof program ./queue_test --search random -b 125s --seed 1 --jobs 1 --no-leaks "
            "--steps 1000 -- 2 3");
}

TEST(CheckCommand, SaysAllThatMatters) {
  CheckConfig config = config_of("lockless");
  config.seed = 7;
  config.jobs = 2;
  EXPECT_EQ(check_command(config),
            "poolproof check -a lockless -s churn --actors 3 --blocks 3 --rounds 3 "
            "--search random -b 1m --seed 7 --jobs 2");
  config.executions = 5000;
  config.shard = 2;
  config.shards = 5;
  config.search = {Kind::preemptions, 3};
  const std::string command = check_command(config);
  EXPECT_TRUE(says(command, "--search preemptions:3")) << command;
  EXPECT_TRUE(says(command, "--executions 5000 --shard 2/5")) << command;
}

}  // namespace
}  // namespace poolproof
