// poolproof audit: its options.
#pragma once

#include "check_options.hpp"
#include "harness/check/audit.hpp"

namespace poolproof {

// The options of check that an audit has too. They mean the same, except for the budget.
struct AuditOptions {
  CheckOptions check;
};

void add_audit(CLI::App& app, AuditOptions& options);
// Throws UsageError.
AuditCampaign plan_audit(const AuditOptions& options);

}  // namespace poolproof
