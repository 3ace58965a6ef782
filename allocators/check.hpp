// The two words for preconditions. Neither allocates, neither throws.
//   check         always on: a broken promise that would corrupt the pool stops the program
//   debug_assert  on unless NDEBUG: promises that cost too much to test on every call
// Running out of memory is neither: it is a value, nullptr.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace poolproof {

// Prints one line to standard error and aborts.
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_check(const char* message, const char* file,
                                                              int line) noexcept {
  std::fprintf(stderr, "poolproof: %s (%s:%d)\n", message, file, line);
  std::abort();
}

inline void check(bool ok, const char* message, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) noexcept {
  if (!ok) [[unlikely]]
    fail_check(message, file, line);
}

inline void debug_assert([[maybe_unused]] bool ok, [[maybe_unused]] const char* message,
                         [[maybe_unused]] const char* file = __builtin_FILE(),
                         [[maybe_unused]] int line = __builtin_LINE()) noexcept {
#ifndef NDEBUG
  check(ok, message, file, line);
#endif
}

}  // namespace poolproof
