// Shrinking: makes a failure small enough to be read. First a smaller scope in which something
// fails too, then a simpler schedule: fewer preemptions, stale reads and spurious failures, fewer
// steps.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "harness/check/model_check.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/models/model_subjects.hpp"

namespace poolproof {

struct FoundFailure {
  Scope scope;
  Schedule schedule;
  std::string oracle;
  std::string message;
};

// What the executions may meet, as in Limits.
struct ShrinkRules {
  StaleReads stale_reads = StaleReads::two;
  bool stop_one_actor = false;
};

// failure must fail when it is replayed. better is called with each improvement. Ends at the
// deadline at the latest, but for one execution. Uses chance, from a seed of its own.
void shrink(const MakeModel& make, FoundFailure failure, const ShrinkRules& rules,
            std::chrono::steady_clock::time_point deadline,
            const std::function<void(const FoundFailure&)>& better);

// What is to be as low as it can: preemptions and spurious failures cost more than stale reads,
// these more than steps.
unsigned cost(const Schedule& schedule) noexcept;

}  // namespace poolproof
