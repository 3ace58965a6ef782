// A run's report as JSON: on its way from the child process, and in what --json prints.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "run.hpp"

namespace poolproof {

std::string_view name_of(Verdict verdict);  // "PASS", "FAIL", "UNKNOWN"

void to_json(nlohmann::json& json, const RunReport& report);
void from_json(const nlohmann::json& json, RunReport& report);

// The command that repeats the run.
std::string replay_command(const RunConfig& config);

// One entry of "runs".
nlohmann::ordered_json run_entry(const RunConfig& config, const RunReport& report);

}  // namespace poolproof
