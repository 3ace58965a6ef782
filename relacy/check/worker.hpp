// Worker: the part of a check that one process makes, and what it tells its parent.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "allocators/backend.hpp"
#include "checkpoint.hpp"
#include "harness/base/time.hpp"
#include "harness/check/model_check.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/engine/slice.hpp"
#include "relacy/exhaustive/visited_states.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/search/end_states.hpp"
#include "relacy/search/portfolio.hpp"

namespace poolproof {

// Text of a fixed size, for shared memory.
template <std::size_t Size>
class SmallText {
 public:
  void set(std::string_view text) noexcept { text_[text.copy(text_.data(), Size - 1)] = 0; }
  const char* get() const noexcept { return text_.data(); }

 private:
  std::array<char, Size> text_{};
};

// What a worker tells its parent. The parent may read the non-atomic members only after the worker
// has exited.
struct WorkerPage {
  enum class End : std::uint8_t { none, passed, failed };

  std::atomic<std::uint64_t> executions{0};
  std::atomic<std::uint64_t> earlier{0};     // of these, made before the check was resumed
  std::atomic<double> share{0};              // of a systematic search, see TreeStrategy
  std::atomic<std::uint64_t> systematic{0};  // executions of that search
  std::atomic<bool> exhausted{false};        // the worker's part of it is done
  Portfolio::Running running;                // what makes the execution in progress
  ScheduleRecord record;                     // of the execution in progress, or of the failing one

  End end = End::none;
  SmallText<32> oracle;
  SmallText<160> message;
  std::array<std::uint64_t, event_kinds> executions_with{};
  std::uint64_t stopped = 0;    // as ModelResult has it
  std::uint64_t discarded = 0;  // as ModelResult has it
  std::uint64_t guessed = 0;    // as ModelResult has it
  SearchedPage searched;
};

// How a systematic search is resumed.
struct WorkerResume {
  std::string from;              // a state that a worker of the same slice has put; empty: none
  Checkpoint* states = nullptr;  // where this worker puts its own; null: nowhere
};

// What the workers of a check share.
struct WorkerStates {
  EndStates& ends;
  VisitedStates& seen;  // by exhaustive search
};

struct WorkerJob {
  const CheckConfig& config;
  const MakeModel& make;
  Slice slice;
  Clock::time_point deadline;
  const std::atomic<bool>& stop;
  WorkerResume resume;
  WorkerPage& page;
  WorkerStates states;
};

// Searches the slice until something fails, everything is done, the deadline has come or stop is
// set.
void work(const WorkerJob& job);

// How many older stores a load may see in this search.
StaleReads stale_reads_of(const CheckSearch& search) noexcept;

}  // namespace poolproof
