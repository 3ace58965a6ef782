// The clock and the durations of the harness.
#pragma once

#include <time.h>

#include <chrono>

namespace poolproof {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

constexpr double in_seconds(Nanoseconds duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

// The time on a clock of the system, such as that of a thread's processor time; 0: there is none.
inline Nanoseconds time_on(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

}  // namespace poolproof
