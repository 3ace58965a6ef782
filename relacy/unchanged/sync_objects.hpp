// SyncObject: a mutex, condition variable, semaphore, barrier or once-flag of the program, by its
// address. It begins as its memory of zeros says: free, with nobody waiting.
#pragma once

#include <cstdint>

#include "relacy/adapter/atomics/weak_memory.hpp"

namespace poolproof {

enum class LockKind : std::uint8_t { plain, recursive, shared, checked };

struct SyncObject {
  static constexpr unsigned nobody = ~0U;

  // What the first bytes of one that is gone hold.
  static constexpr std::uint32_t gone_word = 0xDEADDEAD;

  void restart() noexcept { *this = {}; }
  bool is_barrier() const noexcept { return parties != 0; }
  bool is_in_use() const noexcept {
    return owner != nobody || sharers != 0 || waiting != 0 || (is_barrier() && count != 0);
  }

  unsigned owner = nobody;
  unsigned depth = 0;         // of a recursive lock
  std::uint32_t sharers = 0;  // who holds it together, as bits
  bool gone = false;          // destroyed; its memory says so as well, until it is another's
  std::uint32_t waiting = 0;  // for the condition, as bits
  unsigned count = 0;         // of a semaphore, or who has come to a barrier
  unsigned parties = 0;
  unsigned round = 0;
  SyncClock clock;         // of who has unlocked it alone
  SyncClock shared_clock;  // of who has unlocked it that held it with others
};

}  // namespace poolproof
