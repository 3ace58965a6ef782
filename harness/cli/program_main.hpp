// The frame of each of our programs: standard streams, signals, errors, exit status.
#pragma once

#include <atomic>
#include <functional>

// Defined where the program may be one that is checked, as it is: does it run as any other?
extern "C" [[gnu::weak]] bool poolproof_is_plain_program();

namespace poolproof {

// Set by the signals that ask a process to end (base/signals.hpp), from the first call on; before
// that they end the program. A SIGHUP that is ignored, as under nohup, stays so.
const std::atomic<bool>& stop_on_signals();

// Calls work, which returns the exit status. A UsageError or another exception becomes one line on
// standard error; results that could not be written are never an all_pass. Before and after work
// standard output is standard error: what static objects of subjects print stands in no results.
int program_main(const std::function<int()>& work);

}  // namespace poolproof
