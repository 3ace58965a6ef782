// Why a check that has found no failure is no PASS, and which command would end the doubt.
#pragma once

#include <string>

#include "model_check.hpp"

namespace poolproof {

struct Doubt {
  std::string text;  // empty: there is none
  // So many times the work would end it, at the rate that the check had; 0: more work would not.
  double times = 0;
};
// The first doubt that there is.
Doubt doubt_of(const CheckConfig& config, const CheckReport& report);

// The check that ends all doubts of this one, or is the next to try where nobody can say how much
// is enough. nullopt: report is not UNKNOWN for a doubt, or no such check is known.
std::optional<CheckConfig> next_check(const CheckConfig& config, const CheckReport& report);

}  // namespace poolproof
