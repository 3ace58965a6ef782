// The frame of each of our programs: standard streams, signals, errors, exit status.
#pragma once

#include <atomic>
#include <functional>

namespace poolproof {

// Set by SIGINT, SIGTERM and SIGHUP from the first call on; before that they end the program.
const std::atomic<bool>& stop_on_signals();

// Calls work, which returns the exit status. A UsageError or another exception becomes one line on
// standard error; results that could not be written are never an all_pass.
int program_main(const std::function<int()>& work);

}  // namespace poolproof
