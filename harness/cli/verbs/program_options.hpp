// poolproof program: its options.
#pragma once

#include <string>

#include "check_options.hpp"

namespace poolproof {

// The program, and what is a failure of it.
struct ProgramTarget {
  ProgramCheck program;
  bool no_races = false;
  bool no_leaks = false;
  bool no_liveness = false;
  std::string steps = "20000";
};

struct ProgramOptions {
  CheckOptions check;
  ProgramTarget target;
};

// help: of PROGRAM. optional: it may be left out.
void add_target(CLI::App& verb, ProgramTarget& target, const char* help, bool optional);
// Completes target.program, and returns a check of it. Throws UsageError.
CheckConfig plan_target(ProgramTarget& target, const CheckOptions& check);
// The same for a verb that tests allocators as well, whose options mean nothing for a program.
CheckConfig plan_only_target(ProgramTarget& target, const CheckOptions& check);

void add_program(CLI::App& app, ProgramOptions& options);
// Throws UsageError. Completes options.target.
CheckCampaign plan_program(ProgramOptions& options);

}  // namespace poolproof
