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

// Runs some executions of each scenario in child processes. Of an allocator it reads the sources
// too.
AuditSites find_sites(const AuditConfig& config, const AuditSubject& subject);

// Is it a failure of the check, and not of the code that is checked?
bool says_nothing(const CheckFailure& failure);

}  // namespace poolproof
