// For tests: results of model checks that were never made.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "check_report.hpp"
#include "harness/check/trace_json.hpp"

namespace poolproof {

inline CheckResult passed() {
  CheckResult result;
  result.config.allocator = "lockless";
  result.config.scenario = "churn";
  result.config.seed = 7;
  result.config.jobs = 2;
  result.report.verdict = Verdict::pass;
  result.report.executions = 1'230'000;
  result.report.seconds = 10;
  result.report.aba_windows = 45'600;
  result.report.end_states = {.executions = 1000, .distinct = 300, .once = 20};
  return result;
}

inline CheckResult failed() {
  CheckResult result = passed();
  result.config.allocator = "specimen.no_nonce";
  result.report.verdict = Verdict::fail;
  result.report.executions = 353;
  result.report.seconds = 0.012;
  CheckFailure failure;
  failure.oracle = "ownership";
  failure.message = "a block has two owners";
  failure.story = "Actor 1 gets block 0, which actor 0 has.";
  failure.token = "pp1:specimen.no_nonce:churn:2x2x2:abc";
  failure.executions = 353;
  failure.seconds = 0.0123;
  failure.shrink_seconds = 0.41;
  failure.scope = {2, 2, 1};
  failure.preemptions = 3;
  failure.events = 2;
  failure.trace = "first line\nsecond line";
  failure.trace_json = std::make_shared<const TraceJson>(
      TraceJson{nlohmann::ordered_json::array({{{"actor", 0}}, {{"actor", 1}}})});
  result.report.failure = failure;
  return result;
}

inline CheckResult doubted() {
  CheckResult result = passed();
  result.report.verdict = Verdict::unknown;
  result.report.reason = "interrupted";
  return result;
}

// Of fewer executions than a PASS needs.
inline CheckResult thin(std::uint64_t executions = 500) {
  CheckResult result = passed();
  result.report.executions = executions;
  result.report.seconds = 24;
  judge_check(result.config, result.report);
  return result;
}

inline CheckCampaign campaign_of(const std::vector<CheckResult>& results) {
  CheckCampaign campaign;
  campaign.seed = 7;
  for (const CheckResult& result : results) campaign.runs.push_back(result.config);
  return campaign;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace poolproof
