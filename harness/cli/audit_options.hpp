// poolproof audit: its options.
#pragma once

#include "check_options.hpp"
#include "harness/check/audit.hpp"

namespace poolproof {

// Those of check that an audit has, with the same meaning but for the budget.
struct AuditOptions {
  CheckOptions check;
};

void add_audit(CLI::App& app, AuditOptions& options);
// Throws UsageError.
AuditCampaign plan_audit(const AuditOptions& options);

}  // namespace poolproof
