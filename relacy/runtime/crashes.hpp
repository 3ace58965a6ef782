// Crashes: signals by which the hardware or a library ends a program, as failures of the execution.
#pragma once

namespace poolproof {

// From here on, in this process.
void catch_crashes();
// Before main: one line, and exit status 3, as nothing is known of the program then.
void catch_early_crashes() noexcept;
void leave_early_crashes() noexcept;

}  // namespace poolproof
