// poolproof check: its options.
#pragma once

#include <string>
#include <string_view>

#include "harness/check/model_check.hpp"
#include "options.hpp"

namespace poolproof {

struct CheckOptions {
  PairOptions pairs;
  std::string actors = "3";
  std::string blocks = "3";
  std::string rounds = "3";
  std::string search = "auto";
  std::string memory = "cpp20";
  std::string budget = "60s";
  std::string executions;
  std::string seed;
  std::string jobs = "all";
  std::string shard = "1/1";
  bool lock_free = false;
  bool no_shrink = false;
  bool json = false;
  bool progress_json = false;
  std::string report;
  std::string resume;
};

void add_scope_options(CLI::App& verb, CheckOptions& options);
// Of a search, whatever is searched.
void add_search_options(CLI::App& check, CheckOptions& options);
void add_work_options(CLI::App& check, CheckOptions& options);
CheckConfig common_config(const CheckOptions& options);
void add_check(CLI::App& app, CheckOptions& options);
// Throws UsageError if argument is an option that was renamed.
void refuse_renamed_option(std::string_view argument);
// Throws UsageError.
CheckCampaign plan_check(const CheckOptions& options, Engine engine = Engine::check);

}  // namespace poolproof
