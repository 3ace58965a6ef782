// WaitBook: who waits in an alloc of a pool that waits, so that no right pool is asked for what
// nobody would ever give back. An actor must not wait if then those who wait had every block, or if
// then all of them waited and no block were free.
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
    kept_inside_.store(0, std::memory_order_relaxed);
    kept_.store(0, std::memory_order_relaxed);
  }
  // Before an alloc of an actor that keeps so many blocks; false: it must not wait. Whoever is
  // inside keeps nothing more before it has left. acq_rel: what an actor has kept, the next to
  // begin knows.
  bool begin(std::size_t keeps) noexcept {
    const std::size_t kept = kept_inside_.fetch_add(keeps, std::memory_order_acq_rel) + keeps;
    const std::uint32_t inside = inside_.fetch_add(1, std::memory_order_acq_rel) + 1;
    const bool all_kept = kept_.load(std::memory_order_relaxed) >= blocks_;
    if (kept < blocks_ && (inside != actors_ || !all_kept)) return true;
    end(keeps);
    return false;
  }
  void end(std::size_t keeps) noexcept {
    inside_.fetch_sub(1, std::memory_order_acq_rel);
    kept_inside_.fetch_sub(keeps, std::memory_order_acq_rel);
  }
  // An actor keeps nothing, and does nothing more in this round.
  void rest() noexcept { inside_.fetch_add(1, std::memory_order_acq_rel); }
  // A block is kept by an actor or in the bucket, or no longer. Relaxed: begin orders it.
  void keep() noexcept { kept_.fetch_add(1, std::memory_order_relaxed); }
  void give_back() noexcept { kept_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> inside_{0};
  std::atomic<std::size_t> kept_inside_{0};  // by those who are inside
  std::atomic<std::size_t> kept_{0};
  std::uint32_t actors_ = 0;
  std::size_t blocks_ = 0;
};

}  // namespace poolproof
