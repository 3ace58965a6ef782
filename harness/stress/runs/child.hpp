// A run in a child process: a crash or a hang of a broken allocator ends the child, not the
// campaign.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "harness/stress/run.hpp"
#include "stress_run.hpp"

namespace poolproof {

// Makes a run in a child and runs it there. Returns the child's report, or a FAIL if the child died
// or stood still. Calls progress a few times a second. Once stop is set, the child has half a
// second to end by itself. The caller must have no other threads. The child has ended when this
// returns, and it dies with the caller.
RunReport run_in_child(const RunConfig& config,
                       const std::function<std::unique_ptr<StressRun>(const RunConfig&)>& make,
                       const std::function<void(const Progress&)>& progress,
                       const std::atomic<bool>& stop);

}  // namespace poolproof
