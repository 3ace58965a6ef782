// The check of a black box: the program of black boxes beside this one makes it, and reports.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/check/model_check.hpp"
#include "relacy/check/check_watcher.hpp"

namespace poolproof {

// The file of that program, whether it is there or not.
std::string box_program();

// The report is not judged yet, as of run_check. json: its trace is for a JSON text. Throws
// std::runtime_error if there is none.
CheckReport check_box(const CheckConfig& config, bool json, CheckWatcher& watcher,
                      const std::atomic<bool>& stop);

// This process becomes that program, and replays a token of it. command: our own arguments.
[[noreturn]] void become_box(const std::string& allocator, const std::string& scenario,
                             const std::vector<std::string>& command);

}  // namespace poolproof
