// Shrinking makes a failure small enough to be read. It looks for a smaller scope in which
// something fails too, then for a simpler schedule: one with fewer preemptions, stale reads,
// spurious failures and steps.
#pragma once

#include <functional>
#include <string>

#include "harness/base/time.hpp"
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

// What the executions may do, as in Limits.
struct ShrinkRules {
  StaleReads stale_reads = StaleReads::all;
  Memory memory = Memory::cpp20;
  bool stop_one_actor = false;
  // The failure ends its process, by a crash or without an end: executions are made in children,
  // and what fails in another way is no smaller form of it.
  bool fatal = false;
};

// failure must fail when it is replayed; of one that is fatal this is seen first. Calls better with
// each improvement. Ends at the deadline at the latest, up to one execution later. Draws at random,
// from a seed of its own.
void shrink(const MakeModel& make, FoundFailure failure, const ShrinkRules& rules,
            Clock::time_point deadline, const std::function<void(const FoundFailure&)>& better);

// How hard a schedule is to follow: preemptions and spurious failures cost more than stale reads,
// and these cost more than steps.
unsigned cost(const Schedule& schedule) noexcept;

}  // namespace poolproof
