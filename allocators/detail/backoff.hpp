// Backoff: bounded exponential back-off between attempts of one operation on a contended word.
// It doubles from 16 to 256 pauses and stays there, so a waiting thread always comes back. The
// backend bounds the time: 256 pauses take 1 microsecond on one processor and 15 on another.
// The winner gets a burst of uncontended operations while the cache line stays where it is: on a
// contended Treiber stack and two cores that is worth a factor of 4 to 8 against none, and of 1.6
// against 4 to 64.
#pragma once

#include "../backend.hpp"

namespace poolproof {

template <Backend B>
class Backoff {
 public:
  void operator()() noexcept {
    B::pause(pauses_);
    if (pauses_ < most) pauses_ *= 2;
  }

 private:
  static constexpr unsigned least = 16;
  static constexpr unsigned most = 256;
  unsigned pauses_ = least;
};

}  // namespace poolproof
