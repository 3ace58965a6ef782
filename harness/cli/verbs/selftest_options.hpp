// poolproof selftest: its options.
#pragma once

#include <string>

#include "check_options.hpp"
#include "harness/check/selftest.hpp"
#include "program_options.hpp"

namespace poolproof {

// The options of check that a selftest has too. They mean the same, for each mutant.
struct SelftestOptions {
  SelftestOptions() { check.budget = "2s"; }

  CheckOptions check;
  ProgramTarget target;  // without a path: allocators
  std::string least = "0";
};

void add_selftest(CLI::App& app, SelftestOptions& options);
// Throws UsageError. Completes options.target.
SelftestCampaign plan_selftest(SelftestOptions& options);

}  // namespace poolproof
