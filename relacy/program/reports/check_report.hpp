// The results of model checks, as text or as JSON. Only the print functions have effects.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/check/model_check.hpp"
#include "relacy/trace/trace.hpp"

namespace poolproof {

// A check that was made, after judge_check.
struct CheckResult {
  CheckConfig config;
  CheckReport report;
};

// How traces are printed: for the terminal, if standard output is one, and not as JSON.
TraceLook trace_look(bool json);

// Prints what is left out to standard error. Call it before the first check.
void print_notes(const std::vector<std::string>& notes);

// The output of poolproof check. results: one for each of campaign.runs, in that order; fewer if
// the campaign was interrupted.
std::string check_text(const CheckCampaign& campaign, const std::vector<CheckResult>& results);
nlohmann::ordered_json check_json(const CheckCampaign& campaign,
                                  const std::vector<CheckResult>& results, bool interrupted);
// Prints the text, or json, made by check_json, if the campaign wants that. Returns the exit
// status.
int print_check(const CheckCampaign& campaign, const std::vector<CheckResult>& results,
                const nlohmann::ordered_json& json);

// The output of poolproof replay: one execution of config's allocator, scenario and scope. PASS: it
// ran as the token says, and nothing failed; UNKNOWN, with a reason: it could not run as the token
// says.
std::string replay_text(const CheckResult& result);
nlohmann::ordered_json replay_json(const std::string& token, const CheckResult& result);
int print_replay(const std::string& token, const CheckResult& result, bool json);

}  // namespace poolproof
