// What audits have found, as text or as JSON. All but print is pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
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
nlohmann::ordered_json audit_json(const AuditCampaign& campaign,
                                  const std::vector<AuditResult>& results);
// Prints the text, or json, made by audit_json, if the campaign wants that. Returns the exit
// status.
int print_audit(const AuditCampaign& campaign, const std::vector<AuditResult>& results,
                const nlohmann::ordered_json& json);

}  // namespace poolproof
