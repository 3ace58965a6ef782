// What audits have found, as text or as JSON. All but print is pure.
#pragma once

#include <string>
#include <vector>

#include "harness/stress/run.hpp"
#include "relacy/audit/audit.hpp"

namespace poolproof {

struct AuditResult {
  AuditConfig config;
  AuditReport report;
};

// FAIL: the allocator fails as it is written. UNKNOWN: some order was not shown to be needed and
// has no reason in the source, or was not reached; or the audit was interrupted.
Verdict verdict_of(const AuditReport& report);

// results: of the first of campaign.audits; fewer when it was interrupted.
std::string audit_text(const AuditCampaign& campaign, const std::vector<AuditResult>& results);
std::string audit_json(const AuditCampaign& campaign, const std::vector<AuditResult>& results);
// As campaign.json says. Returns the exit status.
int print_audit(const AuditCampaign& campaign, const std::vector<AuditResult>& results);

}  // namespace poolproof
