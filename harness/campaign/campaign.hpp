// A campaign: a list of stress runs, one after the other, each in a child process. Progress goes to
// standard error, and the results, as a table or as JSON, to standard output.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/base/exit_status.hpp"
#include "harness/stress/run.hpp"

namespace poolproof {

struct CampaignConfig {
  std::vector<RunConfig> runs;
  std::vector<std::string> notes;  // what is left out, and why
  std::uint64_t seed = 1;
  bool json = false;
  bool progress_json = false;  // progress as JSON lines
  std::string report;          // the folder that the report goes to; empty: none
};

// Makes all runs, or those before stop is set. Returns the exit status.
int run_campaign(const CampaignConfig& campaign, const std::atomic<bool>& stop);

// Judges the verdict by the allocator: if the run made less than 1000 pairs for each thread, or if
// ABA could harm the allocator and the run never saw an ABA window, a PASS becomes UNKNOWN.
void judge(const RunConfig& config, RunReport& report);
// Returns the command to run after an UNKNOWN, with the budget that would be enough as far as
// that is known. Empty if no budget would help.
std::string next_command(const RunConfig& config, const RunReport& report);

}  // namespace poolproof
