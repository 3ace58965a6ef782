// poolproof program: its options.
#pragma once

#include <string>

#include "check_options.hpp"

namespace poolproof {

struct ProgramOptions {
  CheckOptions check;
  ProgramCheck program;
  bool no_races = false;
  bool no_leaks = false;
  bool no_liveness = false;
  std::string steps = "20000";
};

void add_program(CLI::App& app, ProgramOptions& options);
// Throws UsageError. Completes options.program.
CheckCampaign plan_program(ProgramOptions& options);

}  // namespace poolproof
