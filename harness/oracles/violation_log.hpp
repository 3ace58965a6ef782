// ViolationLog: where oracles say that something is wrong. The first one of a run is kept, the
// others are counted. Any number of threads; the check is one relaxed load.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "harness/base/time.hpp"

namespace poolproof {

struct Failure {
  std::string oracle;
  std::string message;
  double seconds = 0;  // from the start of the run
};

class ViolationLog {
 public:
  explicit ViolationLog(Clock::time_point start = Clock::now()) : start_(start) {}

  // Sets the instant that failures are timed from; before there are any.
  void start(Clock::time_point start) {
    const std::lock_guard lock(mutex_);
    start_ = start;
  }

  // Has the present round failed? Relaxed: a round ends a few steps sooner or later.
  bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

  void report(const char* oracle, std::string message) {
    const std::lock_guard lock(mutex_);
    if (!first_) {
      first_ = Failure{oracle, std::move(message), in_seconds(Clock::now() - start_)};
    }
    if (!failed_.exchange(true, std::memory_order_relaxed)) ++rounds_;
  }
  // A new round begins.
  void clear_round() noexcept { failed_.store(false, std::memory_order_relaxed); }

  std::optional<Failure> first() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }
  std::uint64_t failed_rounds() const {
    const std::lock_guard lock(mutex_);
    return rounds_;
  }

 private:
  Clock::time_point start_;
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  std::optional<Failure> first_;
  std::uint64_t rounds_ = 0;
};

}  // namespace poolproof
