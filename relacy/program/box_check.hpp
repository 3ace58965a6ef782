// The check, the audit and the selftest of a black box: the program of black boxes beside this one
// makes them, and reports.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/check/model_check.hpp"
#include "relacy/audit/audit.hpp"
#include "relacy/audit/selftest.hpp"
#include "relacy/check/check_watcher.hpp"

namespace poolproof {

// The file of that program, whether it is there or not.
std::string box_program();

// The report of a check is not judged yet, as of run_check. json: its trace is for a JSON text. All
// throw std::runtime_error if there is no report.
CheckReport check_box(const CheckConfig& config, bool json, CheckWatcher& watcher,
                      const std::atomic<bool>& stop);

AuditReport audit_box(const AuditConfig& config, const std::atomic<bool>& stop);
SelftestReport selftest_box(const SelftestConfig& config, const std::atomic<bool>& stop);

// This process becomes that program, and replays a token of it. command: our own arguments.
[[noreturn]] void become_box(const std::string& allocator, const std::string& scenario,
                             const std::vector<std::string>& command);

}  // namespace poolproof
