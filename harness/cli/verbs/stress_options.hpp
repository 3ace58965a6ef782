// poolproof stress: its options.
#pragma once

#include <string>

#include "harness/campaign/campaign.hpp"
#include "options.hpp"

namespace poolproof {

struct StressOptions {
  PairOptions pairs;
  std::string threads = "all";
  std::string budget = "10s";
  std::string seed;
  std::string blocks;
  std::string block_size = "64";
  std::string chaos = "light";
  bool keep_going = false;
  bool json = false;
  bool progress_json = false;
  std::string report;
};

void add_stress(CLI::App& app, StressOptions& options);
// Throws UsageError.
CampaignConfig plan_stress(const StressOptions& options);

}  // namespace poolproof
