// ChaosBackend: wraps another backend and delays threads at its shared accesses, now and then, by a
// seeded choice: a few pauses, a yield, a short sleep, rarely a long stall. Bugs that need a thread
// to be stopped at one exact instruction then take milliseconds, not minutes. A delay before a CAS
// falls between it and the load that it relies on; there they are four times as frequent. A delay
// behind an access that wrote falls between it and what the thread does with plain memory after it
// has published that.
// At rate 0 it does what the wrapped backend does, with one comparison more.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <thread>

#include "allocators/std_backend.hpp"
#include "harness/base/rng.hpp"

namespace poolproof {

// One thread's chaos. Not shared.
class Chaos {
 public:
  constexpr Chaos() noexcept = default;
  // one_in: a delay at one CAS in so many; 0 for none.
  constexpr Chaos(std::uint32_t one_in, std::uint64_t seed, std::uint64_t stream) noexcept
      : cas_threshold_(one_in == 0 ? 0 : UINT32_MAX / one_in),
        other_threshold_(cas_threshold_ / 4),
        rng_(seed, stream) {}

  void before_cas() noexcept { maybe_delay(cas_threshold_); }
  void before_access() noexcept { maybe_delay(other_threshold_); }
  // Behind an access that wrote, or before an owner looks at its payload.
  void behind_write() noexcept { maybe_delay(cas_threshold_ / 16); }
  std::uint64_t delays() const noexcept { return delays_; }

 private:
  void maybe_delay(std::uint32_t threshold) noexcept {
    if (threshold != 0 && rng_.next32() < threshold) [[unlikely]]
      delay();
  }
  [[gnu::noinline, gnu::cold]] void delay() noexcept {
    ++delays_;
    const std::uint32_t kind = rng_.below(4096);
    if (kind < 3600) {
      // As often a few as many: short windows come often, long ones let others do much.
      for (std::uint32_t n = 1U << rng_.below(10); n != 0; --n) StdBackend::pause();
    } else if (kind < 4072) {
      std::this_thread::yield();
    } else {
      const std::uint32_t most = kind < 4094 ? 50 : 2000;
      std::this_thread::sleep_for(std::chrono::microseconds(1 + rng_.below(most)));
    }
  }

  std::uint32_t cas_threshold_ = 0;
  std::uint32_t other_threshold_ = 0;
  Rng rng_;
  std::uint64_t delays_ = 0;
};

inline thread_local constinit Chaos chaos{};  // of the calling thread

template <Backend Base>
struct ChaosBackend : Base {
  template <class T>
  class atomic {
   public:
    explicit atomic(T value) noexcept : base_(value) {}

    T load(std::memory_order order) const noexcept {
      chaos.before_access();
      return base_.load(order);
    }
    void store(T value, std::memory_order order) noexcept {
      chaos.before_access();
      base_.store(value, order);
      chaos.behind_write();
    }
    T exchange(T value, std::memory_order order) noexcept {
      chaos.before_access();
      const T old = base_.exchange(value, order);
      chaos.behind_write();
      return old;
    }
    T fetch_add(T value, std::memory_order order) noexcept {
      chaos.before_access();
      const T old = base_.fetch_add(value, order);
      chaos.behind_write();
      return old;
    }
    T fetch_sub(T value, std::memory_order order) noexcept {
      chaos.before_access();
      const T old = base_.fetch_sub(value, order);
      chaos.behind_write();
      return old;
    }
    T fetch_and(T bits, std::memory_order order) noexcept requires std::integral<T> {
      chaos.before_access();
      const T old = base_.fetch_and(bits, order);
      chaos.behind_write();
      return old;
    }
    T fetch_or(T bits, std::memory_order order) noexcept requires std::integral<T> {
      chaos.before_access();
      const T old = base_.fetch_or(bits, order);
      chaos.behind_write();
      return old;
    }
    T fetch_xor(T bits, std::memory_order order) noexcept requires std::integral<T> {
      chaos.before_access();
      const T old = base_.fetch_xor(bits, order);
      chaos.behind_write();
      return old;
    }
    bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                               std::memory_order failure) noexcept {
      chaos.before_cas();
      if (!base_.compare_exchange_weak(expected, value, success, failure)) return false;
      chaos.behind_write();
      return true;
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                                 std::memory_order failure) noexcept {
      chaos.before_cas();
      if (!base_.compare_exchange_strong(expected, value, success, failure)) return false;
      chaos.behind_write();
      return true;
    }

   private:
    typename Base::template atomic<T> base_;
  };

  // Delays outside the critical section, and inside it where others have to wait.
  class mutex {
   public:
    void lock() noexcept {
      chaos.before_access();
      base_.lock();
      chaos.before_access();
    }
    void unlock() noexcept {
      base_.unlock();
      chaos.behind_write();
    }

   private:
    typename Base::mutex base_;
  };
};

}  // namespace poolproof
