// StoppedActor: which actor an execution stops for good, with Limits::stop_one_actor.
#pragma once

#include <cstdint>

#include "relacy/engine/schedule.hpp"
#include "relacy/engine/strategy.hpp"

namespace poolproof {

struct StoppedActor {
  unsigned actor = Strategy::nobody;
  std::uint32_t steps_before = 0;  // that it may still take
  bool shown = false;              // in the trace
  bool over = false;               // all others are done: it goes on
  std::uint32_t waiting = 0;       // bit set of the actors that wait for it, if that has failed

  bool now() const noexcept { return actor != Strategy::nobody && steps_before == 0 && !over; }
  std::uint32_t others(std::uint32_t enabled) const noexcept { return enabled & ~(1U << actor); }
  void step(unsigned by) noexcept {
    if (by == actor && steps_before != 0) --steps_before;
  }
};

}  // namespace poolproof
