// poolproof audit: its options.
#pragma once

#include "check_options.hpp"
#include "harness/check/audit.hpp"
#include "program_options.hpp"

namespace poolproof {

// The options of check that an audit has too. They mean the same, except for the budget.
struct AuditOptions {
  CheckOptions check;
  ProgramTarget target;  // without a path: allocators
};

void add_audit(CLI::App& app, AuditOptions& options);
// Throws UsageError. Completes options.target.
AuditCampaign plan_audit(AuditOptions& options);

}  // namespace poolproof
