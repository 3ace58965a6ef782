// WaitBook: who waits in an alloc of a pool that waits, so that no right pool is asked for what
// nobody will ever give back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace poolproof {

class WaitBook {
 public:
  // At rest.
  void start_round(std::uint32_t actors, std::size_t blocks) noexcept {
    actors_ = actors;
    blocks_ = blocks;
    inside_.store(0, std::memory_order_relaxed);
    kept_.store(0, std::memory_order_relaxed);
  }
  // Before an alloc. False: all others wait in theirs and every block is kept, so this one must
  // not. acq_rel: what an actor has kept by now, the next one to begin knows. Whoever is inside
  // keeps nothing more before it has left.
  bool begin() noexcept {
    const std::uint32_t inside = inside_.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (inside != actors_ || kept_.load(std::memory_order_relaxed) < blocks_) return true;
    end();
    return false;
  }
  void end() noexcept { inside_.fetch_sub(1, std::memory_order_acq_rel); }
  // A block is kept by an actor or in the bucket, or no longer. Relaxed: begin orders it.
  void keep() noexcept { kept_.fetch_add(1, std::memory_order_relaxed); }
  void give_back() noexcept { kept_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> inside_{0};
  std::atomic<std::size_t> kept_{0};
  std::uint32_t actors_ = 0;
  std::size_t blocks_ = 0;
};

}  // namespace poolproof
