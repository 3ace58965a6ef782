// The two words for preconditions. Neither allocates, neither throws.
//   check         always on: a broken promise that would corrupt the pool stops the program
//   debug_checks  true unless NDEBUG: guards checks that cost too much on every call
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

#ifdef NDEBUG
inline constexpr bool debug_checks = false;
#else
inline constexpr bool debug_checks = true;
#endif

}  // namespace poolproof
