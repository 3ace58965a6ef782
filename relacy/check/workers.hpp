// The workers of one check, watched: the first that fails, dies or hangs ends the others.
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

// What failed first, as its worker left it.
struct FoundByWorker {
  FoundFailure failure;
  bool replayable = true;   // the record is whole, and the process lived
  Portfolio::Running by{};  // which search
};

class Workers {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Starts config.jobs processes. config and make must outlive them.
  // file: null, or where the search goes on from and what keeps its states.
  Workers(const CheckConfig& config, const MakeModel& make, Time start, ResumeFile* file = nullptr);

  // Until all have ended.
  void watch(CheckWatcher& watcher, const std::atomic<bool>& stop);

  std::uint64_t executions() const;
  std::uint64_t earlier() const;  // of these
  double share() const;           // of a systematic search, all of it
  std::uint64_t executions_with(Event event) const;
  std::uint64_t stopped() const;  // executions in which an actor was
  bool exhausted() const;
  std::uint64_t systematic() const;  // executions of the search whose share is known
  std::vector<CheckSearched> searched() const;
  EndStateCount end_states() const { return end_states_->count(); }
  const std::optional<FoundByWorker>& found() const { return found_; }

 private:
  struct Move {
    std::uint64_t executions = 0;
    std::chrono::milliseconds waited{0};  // in polls: a check that was itself stopped blames nobody
  };

  bool all_ended();
  void keep_states();
  void look_for_hang(std::size_t job);
  void look_at_end(std::size_t job);
  void find(std::size_t job, std::string oracle, std::string message, bool alive);

  const CheckConfig& config_;
  const Time start_;
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
};

}  // namespace poolproof
