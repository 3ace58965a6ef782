// Growth: whether memory grows all the time, although no more of it is in use. Of a pool without a
// bound, that is how lost blocks show: draining it shows nothing.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "harness/base/time.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)  // as clang says it
#define POOLPROOF_GROWTH_OF_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POOLPROOF_GROWTH_OF_SANITIZER 1
#endif

namespace poolproof {

// Sanitizers keep freed blocks for long, and memory of their own.
#if defined(POOLPROOF_GROWTH_OF_SANITIZER)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// The memory of this process that is resident, in bytes; 0: the system does not say.
std::size_t resident_bytes() noexcept;

class Growth {
 public:
  struct Steady {
    std::size_t grown = 0;  // bytes, from a quarter of the run on
    std::size_t freed = 0;  // bytes, meanwhile

    // Were most of the freed blocks lost, for certain? And what there is to say, in words.
    bool loses_most() const noexcept { return grown > freed / 4 && grown > (std::size_t{8} << 20); }
    std::string loss() const;
    std::string doubt() const;
  };

  // Between two looks there are at least 2 ms, and more the longer the run is.
  bool due(Clock::time_point now) const noexcept { return now >= next_; }
  // freed: all bytes of the blocks that were freed so far. resident: bytes.
  void look(Clock::time_point now, std::size_t freed, std::size_t resident) noexcept;

  // Says how memory grew, if it did in each quarter, by what was freed, but for the first: by 256
  // KiB, and by no less than half as in another. Nothing if it did not, or there were too few
  // looks.
  std::optional<Steady> steady() const noexcept;

 private:
  static constexpr std::size_t most_looks = 256;
  static constexpr std::size_t least_looks = 8;
  struct Look {
    std::size_t freed;
    std::size_t resident;
  };

  std::array<Look, most_looks> looks_;
  std::size_t count_ = 0;
  Nanoseconds interval_ = std::chrono::milliseconds(2);
  Clock::time_point next_{};
};

}  // namespace poolproof
