// Audit and selftest of this program, or of a black box in it, as it is.
#pragma once

#include <string>

#include "checked.hpp"
#include "harness/check/audit.hpp"
#include "harness/check/selftest.hpp"

namespace poolproof {

// build: as a token names it. Both print their results and return the exit
// status; for another process they write the report into its pipe.
int audit_program(Checked& program, const std::string& build, AuditCampaign& campaign);
int selftest_program(Checked& program, const std::string& build, SelftestCampaign& campaign);

}  // namespace poolproof
