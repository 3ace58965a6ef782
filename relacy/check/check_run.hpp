// A check of one allocator under one scenario: workers in processes of their own, and then, if
// something fails, shrinking, token and trace.
#pragma once

#include <atomic>

#include "check_watcher.hpp"
#include "harness/check/model_check.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/replay/token.hpp"
#include "relacy/trace/trace.hpp"
#include "resume_file.hpp"

namespace poolproof {

struct CheckRun {
  const CheckConfig& config;
  const MakeModel& make;
  CheckWatcher& watcher;
  const std::atomic<bool>& stop;
  TraceLook look = {};           // of the trace
  ResumeFile* resume = nullptr;  // as Workers has it
};

// The report is not judged yet: its verdict is PASS if nothing failed, and UNKNOWN if the check was
// stopped.
CheckReport run_check(const CheckRun& run);

// Runs the execution that the token names. FAIL: with its trace. PASS: it no longer fails. UNKNOWN:
// the code has changed so much that there is no such execution.
CheckReport run_replay(const Token& token, const MakeModel& make, const TraceLook& look = {});

}  // namespace poolproof
