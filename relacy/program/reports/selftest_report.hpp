// What selftests have found, as text or as JSON. All but print is pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/stress/run.hpp"
#include "relacy/audit/selftest.hpp"

namespace poolproof {

struct SelftestResult {
  SelftestConfig config;
  SelftestReport report;
};

// Why the result is no PASS; empty if it is one.
std::string selftest_reason(const SelftestReport& report, std::uint32_t least);
// FAIL: less than that percent of the mutants were killed, none was made, or the allocator fails as
// it is written. UNKNOWN: it was interrupted.
Verdict verdict_of(const SelftestReport& report, std::uint32_t least);

// Allocators without an atomic operation become notes, unless the user has named them.
void leave_out_empty(SelftestCampaign& campaign, std::vector<SelftestResult>& results);

std::string selftest_text(const SelftestCampaign& campaign,
                          const std::vector<SelftestResult>& results);
nlohmann::ordered_json selftest_json(const SelftestCampaign& campaign,
                                     const std::vector<SelftestResult>& results);
// Prints the one or the other, as the campaign wants. Returns the exit status.
int print_selftest(const SelftestCampaign& campaign, const std::vector<SelftestResult>& results);

}  // namespace poolproof
