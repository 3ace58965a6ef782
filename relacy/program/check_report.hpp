// What model checks have found, as text or as JSON. All but print is pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/check/model_check.hpp"

namespace poolproof {

// A check that was made, after judge_check.
struct CheckResult {
  CheckConfig config;
  CheckReport report;
};

// What was left out, on standard error: before the first check.
void print_notes(const std::vector<std::string>& notes);

// Of poolproof check. results: of the first of campaign.runs; fewer when it was interrupted.
std::string check_text(const CheckCampaign& campaign, const std::vector<CheckResult>& results);
nlohmann::ordered_json check_json(const CheckCampaign& campaign,
                                  const std::vector<CheckResult>& results, bool interrupted);
// Prints the text, or json, made by check_json, if the campaign wants that. Returns the exit
// status.
int print_check(const CheckCampaign& campaign, const std::vector<CheckResult>& results,
                const nlohmann::ordered_json& json);

// Of poolproof replay: one execution, of config's allocator, scenario and scope. PASS: it ran as
// the token says, and nothing failed; UNKNOWN, with a reason: it could not be run as the token
// says.
std::string replay_text(const CheckResult& result);
nlohmann::ordered_json replay_json(const std::string& token, const CheckResult& result);
int print_replay(const std::string& token, const CheckResult& result, bool json);

}  // namespace poolproof
