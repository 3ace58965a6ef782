// The command line, parsed: poolproof list, stress, check, program, replay, audit, selftest,
// report, init, mcp, completion.
#pragma once

#include <string>

#include "harness/base/usage_error.hpp"
#include "harness/campaign/campaign.hpp"
#include "harness/check/audit.hpp"
#include "harness/check/model_check.hpp"
#include "harness/check/selftest.hpp"
#include "verbs/report_options.hpp"

namespace poolproof {

struct Command {
  // printed: the output of --help, --version or completion; nothing is left to do
  enum class Verb {
    stress,
    check,
    program,
    replay,
    audit,
    selftest,
    report,
    list,
    init,
    mcp,
    printed
  };
  Verb verb = Verb::printed;
  bool json = false;
  CampaignConfig campaign;  // for stress
  CheckCampaign check;      // for check and program
  ProgramCheck program;     // for program; audit and selftest, if not empty; replay: arguments
  AuditCampaign audit;      // for audit
  SelftestCampaign selftest;
  std::string token;     // for replay, as the user typed it
  ReportOptions report;  // for report
  std::string folder;    // for init
  Nanoseconds limit{};   // for mcp: of a call
};

// Throws UsageError.
Command parse_command_line(int argc, const char* const* argv);

std::string list_text();
std::string list_json();

}  // namespace poolproof
