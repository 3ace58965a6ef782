// The sites of an audit: what the source says, and what executions come to.
#pragma once

#include <string>
#include <vector>

#include "audit.hpp"

namespace poolproof {

struct AuditSites {
  std::vector<AuditSite> sites;  // by file, line, column
  std::vector<std::string> notes;
};

// Runs some executions of each scenario, in child processes.
AuditSites find_sites(const AuditConfig& config, const MakeScenario& make);

}  // namespace poolproof
