// A check of one allocator under one scenario: workers in processes of their own, then, if
// something failed, shrinking, token and trace.
#pragma once

#include <atomic>

#include "check_watcher.hpp"
#include "harness/check/model_check.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/replay/token.hpp"
#include "resume_file.hpp"

namespace poolproof {

// The report is not judged yet: its verdict is PASS where nothing failed, or UNKNOWN where it was
// stopped. colour: of the trace.
// file: as Workers has it.
CheckReport run_check(const CheckConfig& config, const MakeModel& make, bool colour,
                      CheckWatcher& watcher, const std::atomic<bool>& stop,
                      ResumeFile* file = nullptr);

// The execution that the token names: FAIL with its trace; PASS where it no longer fails; UNKNOWN
// where the code has changed so much that there is no such execution.
CheckReport run_replay(const Token& token, const MakeModel& make, bool colour);

}  // namespace poolproof
