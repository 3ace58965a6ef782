// Unshared<B>: a backend for one thread over the backend B. Its atomics are B's plain variables, so
// an algorithm that was written for many threads costs nothing extra, and a checker sees two
// threads that use it without a lock. Its mutex is none.
#pragma once

#include <atomic>
#include <cstdint>

#include "../backend.hpp"

namespace poolproof {

template <Backend B>
struct Unshared {
  static constexpr bool one_thread = true;

  template <class T>
  using var = typename B::template var<T>;

  template <class T>
  class atomic {
   public:
    explicit atomic(T value) noexcept : value_(value) {}

    T load(std::memory_order) const noexcept { return value_.get(); }
    void store(T value, std::memory_order) noexcept { value_.set(value); }
    T exchange(T value, std::memory_order) noexcept {
      const T was = value_.get();
      value_.set(value);
      return was;
    }
    T fetch_add(T value, std::memory_order order) noexcept {
      const T was = value_.get();
      if (value != 0) store(static_cast<T>(was + value), order);
      return was;
    }
    T fetch_sub(T value, std::memory_order order) noexcept {
      const T was = value_.get();
      store(static_cast<T>(was - value), order);
      return was;
    }
    bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                               std::memory_order) noexcept {
      const T was = value_.get();
      if (was != expected) {
        expected = was;
        return false;
      }
      store(value, success);
      return true;
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                                 std::memory_order failure) noexcept {
      return compare_exchange_weak(expected, value, success, failure);
    }

    // For tools that show it.
    const var<T>& variable() const noexcept { return value_; }

   private:
    var<T> value_;
  };

  struct mutex {
    void lock() noexcept {}
    void unlock() noexcept {}
  };

  static void pause(unsigned = 1) noexcept {}
  static void note(Event event) noexcept { B::note(event); }
};

}  // namespace poolproof
