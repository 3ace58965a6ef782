// Worker: the part of a check that one process makes, and what it tells its parent meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "allocators/backend.hpp"
#include "checkpoint.hpp"
#include "harness/check/model_check.hpp"
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

// Written by the worker. All but the atomics is for a parent that has seen the worker end.
struct WorkerPage {
  enum class End : std::uint8_t { none, passed, failed };

  std::atomic<std::uint64_t> executions{0};
  std::atomic<std::uint64_t> earlier{0};     // of these, before it was resumed
  std::atomic<double> share{0};              // of a systematic search, see TreeStrategy
  std::atomic<std::uint64_t> systematic{0};  // executions of that search
  std::atomic<bool> exhausted{false};        // its part of that
  Portfolio::Running running;                // what makes the execution in progress
  ScheduleRecord record;                     // of the execution in progress, or that failed

  End end = End::none;
  SmallText<32> oracle;
  SmallText<160> message;
  std::array<std::uint64_t, event_kinds> executions_with{};
  std::uint64_t stopped = 0;  // as ModelResult has it
  SearchedPage searched;
};

// Of a systematic search that may be resumed.
struct WorkerResume {
  std::string from;              // a state that a worker of the same slice has put; empty: none
  Checkpoint* states = nullptr;  // where it puts its own; null: nowhere
};

// What the workers of a check know together.
struct WorkerStates {
  EndStates& ends;
  VisitedStates& seen;  // by exhaustive search
};

// Searches its slice until something fails, all is done, the deadline has come or stop is set.
void work(const CheckConfig& config, const MakeModel& make, const Slice& slice,
          std::chrono::steady_clock::time_point deadline, const std::atomic<bool>& stop,
          const WorkerResume& resume, WorkerPage& page, const WorkerStates& states);

}  // namespace poolproof
