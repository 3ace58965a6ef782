// Reports of model checks as text, and their exit status.
#include "check_report.hpp"

#include <gtest/gtest.h>

#include "check_progress.hpp"
#include "check_samples.hpp"
#include "harness/campaign/campaign.hpp"
#include "harness/report/report.hpp"
#include "search_text.hpp"

namespace poolproof {
namespace {

TEST(CheckText, SaysTheScopeOnceAndWhatEachRunSaw) {
  CheckResult locked = passed();
  locked.config.allocator = "locked";
  const std::vector<CheckResult> results = {passed(), locked};
  EXPECT_EQ(
      check_text(campaign_of(results), results),
      "scope: 3 actors, 3 blocks, 3 rounds; random search, seed 7; 2 jobs\n"
      "\n"
      "allocator               scenario      executions executions/s ABA seen  new end  "
      "verdict\n"
      "lockless                churn             1.23 M        123 k   45.6 k    2.0 %  PASS\n"
      "locked                  churn             1.23 M        123 k        -    2.0 %  PASS\n"
      "new end: the chance that one more execution ends in a state not seen before\n"
      "not seen: scopes beyond 3 x 3 x 3 (actors, blocks, rounds)\n"
      "not seen: load buffering, seq_cst in another order than that of steps, and stores more than "
      "seven behind the newest, of the C++ memory model\n"
      "\n"
      "2 PASS, 0 FAIL, 0 UNKNOWN; 2.46 M executions in 20 s; seed 7\n");
}

TEST(CheckText, SaysHowMuchOfASystematicSearchWasDone) {
  CheckResult part = passed();
  part.config.search = {CheckSearch::Kind::preemptions, 3};
  part.config.shard = 2;
  part.config.shards = 5;
  part.config.jobs = 1;
  part.report.share = 0.123;
  CheckResult all = part;
  all.report.exhausted = true;
  const std::string text = check_text(campaign_of({part, all}), {part, all});
  EXPECT_TRUE(has(text, "rounds; preemptions (at most 3) search, seed 7; 1 job; shard 2 of 5\n"))
      << text;
  EXPECT_TRUE(has(text, "ABA seen searched  verdict\n")) << text;
  EXPECT_TRUE(has(text, "  45.6 k     12 %  PASS\n")) << text;
  EXPECT_TRUE(has(text, "  45.6 k      all  PASS\n")) << text;
}

TEST(CheckText, SaysHowSureAnAutomaticSearchMakesOne) {
  using Kind = CheckSearch::Kind;
  CheckResult result = passed();
  result.config.search = {Kind::automatic};
  result.report.searched = {{.search = {Kind::random}, .executions = 900},
                            {.search = {Kind::pct, 2}, .executions = 100, .chance = 0.5},
                            {.search = {Kind::pct, 3}, .executions = 100, .chance = 0.01},
                            {.search = {Kind::departures, 0}, .executions = 9, .exhausted = true},
                            {.search = {Kind::departures, 1}, .executions = 90, .exhausted = true},
                            {.search = {Kind::departures, 2}, .executions = 500}};
  CheckResult all = result;
  all.report.exhausted = true;
  const std::string text = check_text(campaign_of({result, all}), {result, all});
  EXPECT_TRUE(has(text, "rounds; auto search, seed 7; 2 jobs\n")) << text;
  EXPECT_TRUE(has(text, "ABA seen searched   missed  new end  verdict\n")) << text;
  EXPECT_TRUE(has(text, "  45.6 k     to 1     37 %    2.0 %  PASS\n")) << text;
  EXPECT_TRUE(has(text, "  45.6 k      all        0        0  PASS\n")) << text;
  EXPECT_TRUE(has(text, "a bug that takes 3 orderings of steps\n")) << text;
  const std::string failure = [] {
    CheckResult broken = failed();
    broken.config.search = {Kind::automatic};
    broken.report.failure->search = {Kind::pct, 3};
    return check_text(campaign_of({broken}), {broken});
  }();
  EXPECT_TRUE(has(failure, "after 353 executions, 0.012 s, by pct:3; shrunk to")) << failure;
  EXPECT_TRUE(has(failure, "        -        -        -  FAIL\n\nFAIL")) << failure;
}

TEST(CheckText, ShowsAFailureWithItsTraceAndHowToSeeItAgain) {
  const std::string text = check_text(campaign_of({failed()}), {failed()});
  EXPECT_TRUE(has(text,
                  "\nFAIL specimen.no_nonce churn: ownership, after 353 executions, 0.012 s; "
                  "shrunk to 2 actors, 2 blocks, 1 round, 3 preemptions in 0.4 s\n"
                  "  a block has two owners\n"
                  "\n"
                  "first line\nsecond line\n"
                  "\n"
                  "  again: poolproof replay pp1:specimen.no_nonce:churn:2x2x2:abc\n"
                  "\n"
                  "0 PASS, 1 FAIL, 0 UNKNOWN;"))
      << text;
}

TEST(CheckText, RepeatsTheCheckWhereThereIsNoToken) {
  CheckResult result = failed();
  result.report.failure->token.clear();
  result.report.failure->trace.clear();
  result.report.failure->shrink_seconds = 0;
  const std::string text = check_text(campaign_of({result}), {result});
  EXPECT_TRUE(has(text, "0.012 s; 2 actors, 2 blocks, 1 round, 3 preemptions\n")) << text;
  EXPECT_TRUE(has(text, "owners\n  again: poolproof check -a specimen.no_nonce -s churn")) << text;
}

TEST(CheckText, GivesTheReasonOfAnUnknownAndCountsWhatWasNotMade) {
  CheckCampaign campaign = campaign_of({doubted(), passed(), passed()});
  const std::string text = check_text(campaign, {doubted()});
  EXPECT_TRUE(has(text, "\nUNKNOWN lockless churn: interrupted\n")) << text;
  EXPECT_TRUE(has(text, "\ninterrupted: 2 of 3 checks were not made\n")) << text;
  EXPECT_TRUE(has(check_text(campaign, {}), "0 PASS, 0 FAIL, 0 UNKNOWN; 0 executions in 0 s"));
}

TEST(CheckText, EndsWithOneCommandForAllThatIsUnknownOfAnAllocator) {
  CheckResult random = thin(250);
  random.config.scenario = "random";
  CheckResult other = thin();
  other.config.allocator = "locked";
  const std::vector<CheckResult> results = {thin(), passed(), random, other};
  const std::string text = check_text(campaign_of(results), results);
  EXPECT_TRUE(has(text,
                  "\n  next: poolproof check -a lockless -s churn,random --actors 3 --blocks 3 "
                  "--rounds 3 --search random -b 2m --seed 7 --jobs 2\n"
                  "  next: poolproof check -a locked -s churn --actors 3 --blocks 3 --rounds 3 "
                  "--search random -b 1m --seed 7 --jobs 2\n\n1 PASS"))
      << text;
}

TEST(ExitStatus, IsThatOfTheWorst) {
  const auto status = [](const std::vector<CheckResult>& results, std::size_t wanted) {
    CheckCampaign campaign = campaign_of(results);
    campaign.runs.resize(wanted);
    testing::internal::CaptureStdout();
    const int returned = print_check(campaign, results, {});
    EXPECT_EQ(testing::internal::GetCapturedStdout(), check_text(campaign, results));
    return returned;
  };
  EXPECT_EQ(status({passed(), passed()}, 2), all_pass);
  EXPECT_EQ(status({passed(), failed(), doubted()}, 3), some_fail);
  EXPECT_EQ(status({passed(), doubted()}, 2), some_unknown);
  EXPECT_EQ(status({passed()}, 2), some_unknown);
  EXPECT_EQ(status({}, 1), some_unknown);
}

TEST(ExitStatus, IsThatOfTheReplay) {
  const auto status = [](const CheckResult& result) {
    testing::internal::CaptureStdout();
    const int returned = print_replay("pp1:x", result, true);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), json_text(replay_json("pp1:x", result)));
    return returned;
  };
  EXPECT_EQ(status(passed()), all_pass);
  EXPECT_EQ(status(failed()), some_fail);
  EXPECT_EQ(status(doubted()), some_unknown);
}

TEST(Share, IsNeverRoundedUpToAll) {
  const auto text = [](double share) {
    CheckConfig config;
    config.search.kind = CheckSearch::Kind::interleavings;
    CheckReport report;
    report.share = share;
    return share_text(config, report);
  };
  EXPECT_EQ(text(0), "<0.01 %");
  EXPECT_EQ(text(0.000'099), "<0.01 %");
  EXPECT_EQ(text(0.001'29), "0.12 %");
  EXPECT_EQ(text(0.0567), "5.6 %");
  EXPECT_EQ(text(0.567), "56 %");
  EXPECT_EQ(text(0.9999999), "99.9 %");
  EXPECT_EQ(text(1.5), "99.9 %");
  EXPECT_EQ(text(-1), "<0.01 %");
}

TEST(SearchText, SaysWhatIsLeftIfTheRestIsLikeWhatWasDone) {
  CheckReport report;
  report.executions = report.systematic = 1000;
  report.seconds = 10;
  EXPECT_EQ(rest_text(report), "");  // nobody can tell
  report.share = 0.25;
  EXPECT_EQ(rest_text(report), ", about 3.00 k executions and 30 s left");
  report.earlier = 900;  // 10 a second
  EXPECT_EQ(rest_text(report), ", about 3.00 k executions and 5 min left");
  report.share = 1e-8;
  EXPECT_EQ(rest_text(report), ", about 100 G executions and a century left");
  report.exhausted = true;
  EXPECT_EQ(rest_text(report), "");
}

TEST(CheckProgress, IsPlainElsewhereThanOnATerminal) {
  CheckResult tree = passed();
  tree.config.search = {CheckSearch::Kind::interleavings};
  tree.report.share = 0.125;
  const std::vector<CheckConfig> runs = {tree.config, passed().config};
  testing::internal::CaptureStderr();
  CheckProgress progress(runs);
  progress.start(0);
  CheckReport now;
  now.seconds = 9.9;
  progress.update(now);
  now.seconds = 10;
  now.executions = 1000;
  progress.update(now);
  now.seconds = 10.1;
  progress.update(now);
  progress.shrink(11);
  progress.finish(tree.report);
  progress.start(1);
  progress.finish(passed().report);
  progress.clear();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "[1/2] lockless churn  1.00 k executions, 100/s  <0.01 %  10 s, at most 110 s left in "
            "all\n"
            "[1/2] lockless churn  1.23 M executions, 123 k/s  12 %  10.0 s  PASS\n"
            "[2/2] lockless churn  1.23 M executions, 123 k/s  10.0 s  PASS\n");
}

TEST(CheckProgress, IsJsonWhereThatIsWanted) {
  CheckResult tree = passed();
  tree.config.search = {CheckSearch::Kind::interleavings};
  tree.report.share = 0.125;
  testing::internal::CaptureStderr();
  const std::vector<CheckConfig> runs = {tree.config};
  CheckProgress progress(runs, true);
  progress.start(0);
  CheckReport now;
  now.seconds = 1.5;
  now.executions = 1000;
  progress.update(now);
  progress.shrink(3);
  progress.finish(tree.report);
  progress.clear();
  const std::string head =
      R"("run":1,"runs":1,"engine":"check","allocator":"lockless","scenario":"churn","budget":60.0)";
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            R"({"progress":"started",)" + head + "}\n" + R"({"progress":"running",)" + head +
                R"(,"seconds":1.5,"seconds_left":58.5,"executions":1000,"share":0.0})" + "\n" +
                R"({"progress":"shrinking",)" + head + R"(,"seconds":3.0,"seconds_left":57.0})" +
                "\n" + R"({"progress":"finished",)" + head +
                R"(,"seconds":10.0,"executions":1230000,"share":0.125,"verdict":"PASS"})" + "\n");
}

}  // namespace
}  // namespace poolproof
