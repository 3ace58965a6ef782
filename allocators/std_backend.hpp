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

  static void pause(unsigned times = 1) noexcept {
    for (unsigned i = 0; i != times; ++i) {
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
      asm volatile("yield");
#endif
    }
  }

  static constexpr void note(Event) noexcept {}

  // Optional: a number that tends to differ from thread to thread, spread over all 32 bits, for
  // where a search begins. Threads' stacks lie apart.
  static std::uint32_t lane() noexcept {
    const auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    return static_cast<std::uint32_t>(stack >> 20) * 0x9e37'79b1U;
  }
};

static_assert(Backend<StdBackend>);
static_assert(sizeof(StdBackend::var<void*>) == sizeof(void*));

}  // namespace poolproof
