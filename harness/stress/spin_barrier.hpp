// SpinBarrier: brings the actors to rest and starts them again at the same instant. A barrier that
// sleeps wakes its threads one after the other, and the first may have finished a short round
// before the second begins: then nothing interleaves. This one spins, and yields when that takes
// long.
//
// The last to arrive runs the completion, alone. What all did before they arrived happens before it
// (1 acq_rel), and it happens before what they do next (2 release, 3 acquire).
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "allocators/std_backend.hpp"

namespace poolproof {

class SpinBarrier {
 public:
  explicit SpinBarrier(std::uint32_t threads) noexcept : threads_(threads) {}

  template <class Completion>
  void arrive_and_wait(Completion&& completion) {
    const std::uint32_t phase = phase_.load(std::memory_order_relaxed);      // only changed by (2)
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {  // (1)
      completion();
      arrived_.store(0, std::memory_order_relaxed);        // published by (2)
      phase_.store(phase + 1, std::memory_order_release);  // (2)
      return;
    }
    for (std::uint32_t spins = 0; phase_.load(std::memory_order_acquire) == phase;
         ++spins) {  // (3)
      if (spins < 256) {
        StdBackend::pause();
      } else {
        std::this_thread::yield();
      }
    }
  }

 private:
  const std::uint32_t threads_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
};

}  // namespace poolproof
