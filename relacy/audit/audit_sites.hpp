// The sites of an audit: the orders that the source spells out, and those that executions reach.
#pragma once

#include <string>
#include <vector>

#include "audit.hpp"

namespace poolproof {

struct AuditSites {
  std::vector<AuditSite> sites;  // by file, line, column
  std::vector<std::string> notes;
};

// Runs some executions of each scenario in child processes, and reads the sources.
AuditSites find_sites(const AuditConfig& config, const MakeScenario& make);

}  // namespace poolproof
