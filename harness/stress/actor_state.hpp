// ActorState: what one actor does and has done; written by itself, read by the watchdog.
#pragma once

#include <atomic>
#include <cstdint>

#include "latencies.hpp"
#include "observed_backend.hpp"

namespace poolproof {

struct alignas(64) ActorState {
  enum class Doing : std::uint8_t { stepping, allocating, freeing, resting };

  static constexpr std::uint64_t latency_one_in = 61;  // prime: no scenario keeps step with it

  // Relaxed, both: for the watchdog old news is good.
  std::atomic<std::uint64_t> activity{0};  // operations begun << 2 | Doing
  std::atomic<std::uint64_t> pairs{0};
  // Read by others when the actor has ended.
  std::uint64_t operations = 0;
  std::uint64_t steps = 0;
  std::uint64_t exhaustions = 0;
  std::uint64_t delays = 0;
  EventCounts events{};
  Latencies latencies;  // of calls of the allocator: of one in latency_one_in

  void begin(Doing doing) noexcept {
    activity.store(++operations << 2 | static_cast<std::uint64_t>(doing),
                   std::memory_order_relaxed);
  }
  // Is the operation that was begun one of those whose time is taken?
  bool is_timed() const noexcept { return operations % latency_one_in == 0; }
  void count_pair() noexcept {
    pairs.store(pairs.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

}  // namespace poolproof
