// The input of a selftest: do the checks of a user find bugs that are planted into the user's code?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model_check.hpp"

namespace poolproof {

// One allocator under some scenarios.
struct SelftestConfig {
  CheckConfig check;  // of each mutant under each scenario; its scenario means nothing
  std::vector<std::string> scenarios;
};

struct SelftestCampaign {
  std::vector<SelftestConfig> selftests;
  std::vector<std::string> notes;  // what is left out, and why
  std::uint64_t seed = 1;
  std::uint32_t least = 0;  // percent of the mutants that must be killed
  bool json = false;
  bool named = true;  // did the user name the allocators?
};

}  // namespace poolproof
