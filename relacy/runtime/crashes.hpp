// Crashes: signals by which the hardware ends a program, as failures of the execution.
#pragma once

namespace poolproof {

// From here on, in this process.
void catch_crashes();

}  // namespace poolproof
