// StressRun: the threads of one stress run. Actors work until a round is over, come to rest, and
// the last one to arrive lets the oracles look and sets up the next round, while the caller's
// thread is the watchdog. What an actor does, and what is checked at rest, is for the derived
// class.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/oracles/violation_log.hpp"
#include "harness/stress/actor_state.hpp"
#include "harness/stress/lingering_thread.hpp"
#include "harness/stress/run.hpp"
#include "harness/stress/spin_barrier.hpp"

namespace poolproof {

// What a run tells while it runs.
struct Progress {
  std::uint64_t pairs = 0;
  double seconds = 0;
};

class StressRun {
 public:
  explicit StressRun(const RunConfig& config);
  virtual ~StressRun() = default;
  StressRun(const StressRun&) = delete;
  StressRun& operator=(const StressRun&) = delete;

  // Runs to the end of the budget, the first violation, or until stop. progress is called a few
  // times a second. When an actor stands still, the report is returned all the same, but its thread
  // still runs: hung() says so, and then the process must end without touching this object again.
  RunReport run(const std::function<void(const Progress&)>& progress,
                const std::atomic<bool>& stop);
  bool hung() const noexcept { return hung_; }

 protected:
  // Actor's steps of one round: until round_over(), or a reason of its own.
  virtual void act(std::uint32_t actor) = 0;
  // Work of an actor, on a thread that begins with this call. It ends with it; or else, if it
  // lingers, when the next one of this actor has begun.
  static void on_new_thread(const std::function<void()>& work,
                            std::unique_ptr<LingeringThread>* lingers = nullptr);
  // At rest, on some actor's thread: check; then set up the next round if go_on.
  virtual void check_at_rest() = 0;
  virtual void start_round() = 0;

  // To be asked before each step; cheap.
  bool round_over(ActorState& state) noexcept {
    if ((++state.steps & 31) == 0 && Clock::now() >= round_end_.load(std::memory_order_relaxed))
      over_.store(true, std::memory_order_relaxed);
    return over_.load(std::memory_order_relaxed) || log_.failed();
  }

  const RunConfig config_;
  std::atomic<Clock::time_point> start_;  // when the actors begin
  ViolationLog log_;
  // Why a run without a violation is no PASS; written at rest alone, or empty.
  std::string doubt_;
  const char* stuck_oracle_ = "progress";  // fails when an actor stands still
  std::unique_ptr<ActorState[]> actors_;

 private:
  struct Heartbeat {  // of an actor, by the watchdog
    std::uint64_t activity = 0;
    Nanoseconds stands{0};
  };
  void actor_main(std::uint32_t actor);
  void at_rest();
  void set_up();
  bool set_up_goes_on();
  void schedule_round(bool brief);
  bool watch(const std::function<void(const Progress&)>& progress, const std::atomic<bool>& stop);
  std::optional<std::string> find_stuck(const std::vector<Heartbeat>& heartbeats) const;
  Nanoseconds elapsed() const noexcept {
    return Clock::now() - start_.load(std::memory_order_relaxed);
  }
  Progress progress_now() const;
  RunReport make_report() const;

  SpinBarrier rest_;
  std::atomic<Clock::time_point> round_end_;
  std::atomic<bool> over_{false};        // of the round
  std::atomic<bool> finished_{false};    // of the run
  std::atomic<bool> stopped_{false};     // from outside
  std::atomic<std::uint32_t> ended_{0};  // actors that returned
  // Of the actor that sets up a round: the clock of its processor time, and that time at the start.
  std::atomic<clockid_t> set_up_clock_{0};
  std::atomic<Nanoseconds> set_up_start_{};
  std::atomic<bool> setting_up_{false};  // publishes these two
  Nanoseconds set_up_seen_{0};           // the time when the watchdog looked
  Clock::time_point round_start_;
  bool brief_ = false;         // the round in progress
  Nanoseconds brief_time_{0};  // of brief rounds, and of the rests between them
  Nanoseconds round_length_ = std::chrono::microseconds(250);
  std::atomic<std::uint64_t> rests_{0};  // begun
  bool hung_ = false;
};

}  // namespace poolproof
