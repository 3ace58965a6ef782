// Later: the actors of an execution that begin within it, wait as their model says, and leave
// early.
#pragma once

#include <cstdint>

namespace poolproof {

struct Later {
  std::uint32_t not_begun = 0;  // bit set
  std::uint32_t blocked = 0;    // bit set
  bool over = false;            // all leave as soon as they run
  bool discarded = false;       // the execution does not count, even if all wait for good

  std::uint32_t parked() const noexcept { return not_begun | blocked; }
};

}  // namespace poolproof
