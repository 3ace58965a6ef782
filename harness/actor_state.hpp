// ActorState: what one actor does and has done; written by itself, read by the watchdog.
#pragma once

#include <atomic>
#include <cstdint>

#include "observed_backend.hpp"

namespace poolproof {

struct alignas(64) ActorState {
  enum class Doing : std::uint8_t { stepping, allocating, freeing, resting };

  // Relaxed, both: for the watchdog old news is good.
  std::atomic<std::uint64_t> activity{0};  // operations begun << 2 | Doing
  std::atomic<std::uint64_t> pairs{0};
  // Read by others when the actor has ended.
  std::uint64_t operations = 0;
  std::uint64_t steps = 0;
  std::uint64_t exhaustions = 0;
  std::uint64_t delays = 0;
  EventCounts events{};

  void begin(Doing doing) noexcept {
    activity.store(++operations << 2 | static_cast<std::uint64_t>(doing),
                   std::memory_order_relaxed);
  }
  void count_pair() noexcept {
    pairs.store(pairs.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

}  // namespace poolproof
