// SARIF: what code scanning takes, by the rules of its standard and of GitHub.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "report.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::ordered_json;

Json step(unsigned number, unsigned actor, Json more) {
  Json event = {{"event", number},   {"actor", actor}, {"stale", false},
                {"spurious", false}, {"aba", false},   {"race", false}};
  event.update(more);
  return event;
}

Json place(const char* path, unsigned line) {
  const std::string text = path;
  return {{"file", text.substr(text.rfind('/') + 1)}, {"line", line}, {"path", text}};
}

Json with(Json event, const Json& more) {
  event.update(more);
  return event;
}

// A failure of an allocator: the oracle speaks in a file of ours.
Json failed_check() {
  const Json trace = {
      with(step(1, 1, place("src/my pool.hpp", 7)),
           {{"operation", "load"}, {"variable", "head"}, {"seen", "2"}, {"order", "acquire"}}),
      with(step(2, 2, place("src/my pool.hpp", 9)),
           {{"operation", "CAS"},
            {"variable", "head"},
            {"seen", "2"},
            {"stored", "1"},
            {"succeeded", true},
            {"order", "release"},
            {"aba", true},
            {"changes", 2},
            {"since", 1},
            {"harmless", false},
            {"source", "head_.compare_exchange(head, 1);"}}),
      with(step(3, 2, place("harness/block_model.hpp", 174)),
           {{"operation", "fail"}, {"text", "two owners"}})};
  return {{"engine", "check"},
          {"allocator", "mine"},
          {"scenario", "churn"},
          {"verdict", "FAIL"},
          {"failure",
           {{"oracle", "ownership"},
            {"message", "two owners"},
            {"story", "Actor 2 saw head = 2."},
            {"replay", "mine replay pp1:x"},
            {"trace", trace}}}};
}

Json failed_stress() {
  return {{"engine", "stress"},
          {"allocator", "mine"},
          {"scenario", "churn"},
          {"verdict", "FAIL"},
          {"failure", {{"oracle", "mine alone"}, {"message", "a \xff byte"}, {"replay", "again"}}}};
}

Json passed() {
  return {{"engine", "check"}, {"allocator", "mine"}, {"scenario", "batch"}, {"verdict", "PASS"}};
}

Json sarif_run(std::initializer_list<Json> runs) {
  const Json all = Json::parse(report_sarif({{"runs", runs}}));
  EXPECT_EQ(all.at("version"), "2.1.0");
  EXPECT_EQ(all.at("runs").size(), 1U) << "GitHub takes one for each tool and category";
  return all.at("runs")[0];
}

TEST(Sarif, HasAResultForEachFailureAndARuleForEachOracle) {
  const Json run = sarif_run({passed(), failed_check(), failed_stress()});
  ASSERT_EQ(run.at("results").size(), 2U);
  std::set<std::string> rules;
  for (const Json& rule : run.at("tool").at("driver").at("rules")) {
    rules.insert(rule.at("id").get<std::string>());
    EXPECT_FALSE(rule.at("shortDescription").at("text").get<std::string>().empty());
  }
  EXPECT_EQ(rules, (std::set<std::string>{"mine-alone", "ownership"}));
  EXPECT_TRUE(sarif_run({passed()}).at("results").empty()) << "so that old alerts are closed";
}

TEST(Sarif, LeadsToTheLastStepOfTheAllocator) {
  const Json result = sarif_run({failed_check()}).at("results")[0];
  EXPECT_EQ(result.at("ruleId"), "ownership");
  const Json place = result.at("locations")[0].at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "src/my%20pool.hpp");
  EXPECT_EQ(place.at("artifactLocation").at("uriBaseId"), "SRCROOT");
  EXPECT_EQ(place.at("region").at("startLine"), 9);
  const std::string message = result.at("message").at("text");
  EXPECT_EQ(message,
            "check mine churn: Actor 2 saw head = 2.\ntwo owners\nagain: mine replay pp1:x");
}

TEST(Sarif, LeadsToTheFailingStepOfAProgram) {
  Json failed = failed_check();
  failed["scenario"] = "program";
  failed["shard"] = "1/2";
  const Json result = sarif_run({failed}).at("results")[0];
  EXPECT_EQ(result.at("locations")[0].at("physicalLocation").at("region").at("startLine"), 174);
}

TEST(Sarif, FlowsInTheOrderOfTheExecution) {
  const Json flow = sarif_run({failed_check()}).at("results")[0].at("codeFlows")[0];
  ASSERT_EQ(flow.at("threadFlows").size(), 2U) << "one for each actor";
  EXPECT_EQ(flow.at("threadFlows")[0].at("id"), "actor 1");
  const Json steps = flow.at("threadFlows")[1].at("locations");
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].at("executionOrder"), 2);
  EXPECT_EQ(steps[0].at("importance"), "essential");
  EXPECT_EQ(steps[0].at("location").at("message").at("text"),
            "event 2: CAS head: 2 -> 1 (release); ABA: 2 changes since event 1");
  EXPECT_EQ(steps[1].at("location").at("message").at("text"), "event 3: two owners");
}

// A failure that the seed finds elsewhere is the same alert; one of another scenario is not.
TEST(Sarif, KnowsAFailureAgain) {
  Json elsewhere = failed_check();
  elsewhere["failure"]["trace"].erase(1);
  elsewhere["shard"] = "2/3";
  Json other = failed_check();
  other["scenario"] = "batch";
  const Json results = sarif_run({failed_check(), elsewhere, other}).at("results");
  EXPECT_EQ(results[0].at("partialFingerprints"), results[1].at("partialFingerprints"));
  EXPECT_NE(results[0].at("partialFingerprints"), results[2].at("partialFingerprints"));
}

// GitHub refuses a whole file for one result without a place.
TEST(Sarif, HasAPlaceEvenWhereAFailureHasNone) {
  const Json result = sarif_run({failed_stress()}).at("results")[0];
  const Json place = result.at("locations")[0].at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "no-source-file");
  EXPECT_EQ(place.at("region").at("startLine"), 1);
  EXPECT_FALSE(result.contains("codeFlows"));
  Json by_text = failed_check();
  by_text["failure"]["trace"] = "could not be read";
  EXPECT_FALSE(sarif_run({by_text}).at("results")[0].contains("codeFlows"));
}

}  // namespace
}  // namespace poolproof
