// The clock and the durations of the harness.
#pragma once

#include <chrono>

namespace poolproof {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

constexpr double in_seconds(Nanoseconds duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace poolproof
