// StdBackend: the backend of production. std::atomic, plain variables, std::mutex, nothing extra.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "backend.hpp"

namespace poolproof {

struct StdBackend {
  template <class T>
  using atomic = std::atomic<T>;

  template <class T>
  class var {
   public:
    constexpr var() noexcept = default;
    constexpr explicit var(T value) noexcept : value_(value) {}
    constexpr T get() const noexcept { return value_; }
    constexpr void set(T value) noexcept { value_ = value; }

   private:
    T value_{};
  };

  using mutex = std::mutex;

  // At most that many hints. On x86 it stops behind the first 16 with which most_cycles of the time
  // stamp counter, 2 to 4 microseconds, have passed: a hint takes from 10 of them to 140, by the
  // processor, and under some hypervisors thousands. Elsewhere a hint is short.
  static void pause(unsigned times = 1) noexcept {
#if defined(__x86_64__) || defined(__i386__)
    if (times > at_once) return pause_for(times);
    for (unsigned i = 0; i != times; ++i) __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    for (unsigned i = 0; i != times; ++i) asm volatile("yield");
#else
    static_cast<void>(times);
#endif
  }

  static constexpr void note(Event) noexcept {}

  // Optional: a number that tends to differ from thread to thread, spread over all 32 bits, for
  // where a search begins. Threads' stacks lie apart.
  static std::uint32_t lane() noexcept {
    const auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    return static_cast<std::uint32_t>(stack >> 20) * 0x9e37'79b1U;
  }

 private:
#if defined(__x86_64__) || defined(__i386__)
  static constexpr unsigned at_once = 16;
  [[gnu::noinline]] static void pause_for(unsigned times) noexcept {
    constexpr std::uint64_t most_cycles = 8192;
    const std::uint64_t start = __builtin_ia32_rdtsc();
    for (; times > at_once; times -= at_once) {
      for (unsigned i = 0; i != at_once; ++i) __builtin_ia32_pause();
      if (__builtin_ia32_rdtsc() - start >= most_cycles) return;
    }
    for (unsigned i = 0; i != times; ++i) __builtin_ia32_pause();
  }
#endif
};

static_assert(Backend<StdBackend>);
static_assert(sizeof(StdBackend::var<void*>) == sizeof(void*));

}  // namespace poolproof
