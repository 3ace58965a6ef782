// Workers: the processes of one check. The first that fails, dies or hangs ends the others.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check_watcher.hpp"
#include "harness/base/process.hpp"
#include "relacy/replay/shrink.hpp"
#include "resume_file.hpp"
#include "worker.hpp"

namespace poolproof {

// The first failure, as its worker left it.
struct FoundByWorker {
  FoundFailure failure;
  bool replayable = true;   // its record is complete
  bool alive = true;        // the process lived
  Portfolio::Running by{};  // the search that found it
};

class Workers {
 public:
  // Starts config.jobs processes. config and make must outlive them.
  // file: the file that the search goes on from and that keeps its state; null: none.
  Workers(const CheckConfig& config, const MakeModel& make, Clock::time_point start,
          ResumeFile* file = nullptr);

  // Returns when all have ended.
  void watch(CheckWatcher& watcher, const std::atomic<bool>& stop);

  // What all of them have done so far. A worker adds what it has seen only when it has ended.
  CheckReport report() const;
  const std::optional<FoundByWorker>& found() const { return found_; }
  // Says how a worker was killed or stopped from outside, which ended the check; nothing if none
  // was.
  const std::optional<std::string>& done_from_outside() const { return done_from_outside_; }

 private:
  struct Move {
    std::uint64_t executions = 0;
    std::uint32_t steps = 0;  // of the execution in progress
    Nanoseconds processor_time{0};
    // A sum of polls, so that a check that was itself stopped blames nobody.
    std::chrono::milliseconds waited{0};
  };

  bool exhausted() const;
  bool all_ended();
  void keep_states();
  // Has somebody else killed or stopped it? Then the check ends.
  bool is_lost(std::size_t job);
  bool hangs(std::size_t job);
  void look_for_hang(std::size_t job);
  void look_at_end(std::size_t job);
  void find(std::size_t job, std::string oracle, std::string message, bool alive);

  const CheckConfig& config_;
  const Clock::time_point start_;
  std::vector<Shared<WorkerPage>> pages_;
  Shared<EndStates> end_states_;
  VisitedStates states_seen_;
  ResumeFile* const file_;
  std::vector<std::string> states_;  // by job
  std::vector<Shared<Checkpoint>> checkpoints_;
  Shared<std::atomic<bool>> stop_;
  std::vector<Process> processes_;
  std::vector<Move> last_move_;
  std::optional<FoundByWorker> found_;
  std::optional<std::string> done_from_outside_;
};

}  // namespace poolproof
