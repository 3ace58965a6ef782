// EndStates: the states in which executions by chance have ended, by their hashes, in memory that
// all workers of a check share. Of a fixed size; when it is full, it says so. Lock-free.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "harness/check/model_check.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

// Nothing but counts is passed on here, and whoever reads them all has seen the workers end: so all
// operations are relaxed.
class EndStates {
 public:
  EndStates() {}  // leaves the slots alone: pages that nobody writes are never there

  void add(std::uint64_t state) noexcept {
    executions_.fetch_add(1, relaxed);  // (1)
    const std::uint64_t key = mixed(0, state) | 1;
    for (std::size_t probe = 0; probe != most_probes; ++probe) {
      const std::atomic_ref<std::uint64_t> slot(slots_[((key >> 8) + probe) % slots]);
      std::uint64_t seen = slot.load(relaxed);  // (2) (3) takes another one's word for it
      if (seen == 0 && slot.compare_exchange_strong(seen, key, relaxed)) {  // (3)
        distinct_.fetch_add(1, relaxed);                                    // (4)
        once_.fetch_add(1, relaxed);                                        // (5)
        return;
      }
      if ((seen | again) != (key | again)) continue;
      // (6) One of those who see it again is the first.
      if ((seen & again) == 0 && (slot.fetch_or(again, relaxed) & again) == 0) {
        once_.fetch_sub(1, relaxed);  // (7)
      }
      return;
    }
    overflowed_.store(true, relaxed);  // (8)
  }

  EndStateCount count() const noexcept {
    return {executions_.load(relaxed), distinct_.load(relaxed), once_.load(relaxed),  // (9)
            overflowed_.load(relaxed)};
  }

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr std::uint64_t again = 2;  // bit of a slot: it was seen more than once
  static constexpr std::size_t most_probes = 64;
  static constexpr std::size_t slots = 1 << 20;

  std::atomic<std::uint64_t> executions_{0};
  std::atomic<std::uint64_t> distinct_{0};
  std::atomic<std::uint64_t> once_{0};
  std::atomic<bool> overflowed_{false};
  std::uint64_t slots_[slots];  // zeros: fresh pages
};

}  // namespace poolproof
