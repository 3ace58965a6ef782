// Reports of model checks as JSON, and those of replays.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "check_report.hpp"
#include "check_samples.hpp"
#include "harness/report/report.hpp"

namespace poolproof {
namespace {

using nlohmann::json;

// As a reader of what is printed gets it.
json parsed(const nlohmann::ordered_json& value) { return json::parse(json_text(value)); }

TEST(CheckJson, HasEveryFieldOfAPass) {
  CheckCampaign campaign = campaign_of({passed()});
  campaign.notes = {"one"};
  const json report = parsed(check_json(campaign, {passed()}, true));
  EXPECT_EQ(report.at("seed"), 7);
  EXPECT_EQ(report.at("notes"), json({"one"}));
  EXPECT_EQ(report.at("interrupted"), true);
  const json expected = {
      {"allocator", "lockless"},
      {"scenario", "churn"},
      {"engine", "check"},
      {"verdict", "PASS"},
      {"seed", 7},
      {"actors", 3},
      {"blocks", 3},
      {"rounds", 3},
      {"search", "random"},
      {"memory", "cpp20"},
      {"progress", false},
      {"jobs", 2},
      {"shard", "1/1"},
      {"executions", 1'230'000},
      {"earlier", 0},
      {"seconds", 10.0},
      {"executions_per_second", 123'000.0},
      {"exhausted", false},
      {"share", nullptr},
      {"searched", json::array()},
      {"end_states",
       {{"executions", 1000}, {"distinct", 300}, {"once", 20}, {"chance_of_new", 0.02}}},
      {"unseen",
       {"scopes beyond 3 x 3 x 3 (actors, blocks, rounds)",
        "load buffering, seq_cst in another order than that of steps, and stores more than seven "
        "behind the newest, of the C++ memory model"}},
      {"aba_windows", 45'600},
      {"recycles", 0},
      {"claims", 0},
      {"grows", 0},
      {"stopped", 0},
      {"reason", nullptr},
      {"failure", nullptr},
      {"next", nullptr}};
  EXPECT_EQ(report.at("runs"), json::array({expected}));
}

TEST(CheckJson, SaysHowMuchOfASystematicSearchWasDone) {
  CheckResult result = passed();
  result.config.search = {CheckSearch::Kind::preemptions, 3};
  result.config.shard = 2;
  result.config.shards = 5;
  result.report.share = 0.25;
  const json run = parsed(check_json(campaign_of({result}), {result}, false)).at("runs")[0];
  EXPECT_EQ(run.at("search"), "preemptions:3");
  EXPECT_EQ(run.at("shard"), "2/5");
  EXPECT_EQ(run.at("share"), 0.25);
}

TEST(CheckJson, SaysWhatEachSearchDid) {
  using Kind = CheckSearch::Kind;
  CheckResult result = passed();
  result.config.search = {Kind::automatic};
  result.report.end_states = {};
  result.report.searched = {
      {.search = {Kind::pct, 3}, .executions = 2, .chance = 0.5},
      {.search = {Kind::departures, 1}, .executions = 90, .exhausted = true, .share = 1}};
  const json run = parsed(check_json(campaign_of({result}), {result}, false)).at("runs")[0];
  EXPECT_EQ(run.at("search"), "auto");
  EXPECT_TRUE(run.at("share").is_null());
  EXPECT_TRUE(run.at("end_states").is_null());
  const json expected = {{{"search", "pct:3"},
                          {"executions", 2},
                          {"exhausted", false},
                          {"share", nullptr},
                          {"missed", 0.25}},
                         {{"search", "departures:1"},
                          {"executions", 90},
                          {"exhausted", true},
                          {"share", 1.0},
                          {"missed", nullptr}}};
  EXPECT_EQ(run.at("searched"), expected);
}

TEST(CheckJson, HasTheFailureAndItsTrace) {
  const json run = parsed(check_json(campaign_of({failed()}), {failed()}, false)).at("runs")[0];
  const json expected = {{"oracle", "ownership"},
                         {"message", "a block has two owners"},
                         {"story", "Actor 1 gets block 0, which actor 0 has."},
                         {"executions", 353},
                         {"search", "random"},
                         {"seconds_to_failure", 0.0123},
                         {"shrink_seconds", 0.41},
                         {"actors", 2},
                         {"blocks", 2},
                         {"rounds", 1},
                         {"preemptions", 3},
                         {"events", 2},
                         {"token", "pp1:specimen.no_nonce:churn:2x2x2:abc"},
                         {"replay", "poolproof replay pp1:specimen.no_nonce:churn:2x2x2:abc"},
                         {"trace", json::array({{{"actor", 0}}, {{"actor", 1}}})}};
  EXPECT_EQ(run.at("failure"), expected);
}

TEST(CheckJson, IsJsonWhateverTheTextsAre) {
  CheckResult result = failed();
  result.report.failure->message = "not UTF-8: \xff \"quoted\"\n";
  result.report.failure->token.clear();
  const json failure =
      parsed(check_json(campaign_of({result}), {result}, false)).at("runs")[0].at("failure");
  EXPECT_TRUE(failure.at("token").is_null());
  EXPECT_TRUE(has(failure.at("replay"), "poolproof check -a specimen.no_nonce"));
}

TEST(CheckJson, SaysWhatToDoNext) {
  const json runs =
      parsed(check_json(campaign_of({thin(), passed()}), {thin(), passed()}, false)).at("runs");
  EXPECT_EQ(runs.at(0).at("next"),
            "poolproof check -a lockless -s churn --actors 3 --blocks 3 --rounds 3 --search random "
            "-b 1m --seed 7 --jobs 2");
  EXPECT_TRUE(runs.at(1).at("next").is_null());
}

TEST(ReplayReport, ShowsTheFailure) {
  EXPECT_EQ(replay_text(failed()),
            "FAIL specimen.no_nonce churn: ownership; 2 actors, 2 blocks, 1 round, 3 preemptions\n"
            "  a block has two owners\n\nfirst line\nsecond line\n\n");
  const json report = parsed(replay_json("pp1:x", failed()));
  EXPECT_EQ(report.at("engine"), "replay");
  EXPECT_EQ(report.at("verdict"), "FAIL");
  EXPECT_EQ(report.at("token"), "pp1:x");
  EXPECT_EQ(report.at("failure").at("replay"), "poolproof replay pp1:x");
  EXPECT_EQ(report.at("failure").at("trace").size(), 2U);
}

TEST(ReplayReport, SaysThatTheExecutionPassesAndProvesNothing) {
  const std::string text = replay_text(passed());
  EXPECT_TRUE(has(text, "lockless churn: this execution passes; 3 actors, 3 blocks, 3 rounds\n"));
  EXPECT_TRUE(has(text, "proves nothing"));
  EXPECT_FALSE(has(text, "PASS"));
  EXPECT_TRUE(parsed(replay_json("pp1:x", passed())).at("failure").is_null());
}

TEST(ReplayReport, GivesTheReasonWhereTheTokenDoesNotFit) {
  EXPECT_EQ(replay_text(doubted()), "UNKNOWN lockless churn: interrupted\n");
  EXPECT_EQ(parsed(replay_json("pp1:x", doubted())).at("reason"), "interrupted");
}

}  // namespace
}  // namespace poolproof
