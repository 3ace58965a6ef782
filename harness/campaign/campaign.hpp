// A campaign: a list of stress runs one after the other, each in a child process, with progress on
// standard error and the results, as a table or as JSON, on standard output.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/base/exit_status.hpp"
#include "harness/stress/run.hpp"

namespace poolproof {

struct CampaignConfig {
  std::vector<RunConfig> runs;
  std::vector<std::string> notes;  // what was left out, and why
  std::uint64_t seed = 1;
  bool json = false;
  std::string report;  // where it goes; empty: nowhere
};

// Runs it to the end, or until stop is set. Returns the exit status.
int run_campaign(const CampaignConfig& campaign, const std::atomic<bool>& stop);

// The verdict in the light of the allocator: a run on one that ABA could harm, and that never saw
// the danger, proves nothing.
void judge(const RunConfig& config, RunReport& report);

}  // namespace poolproof
