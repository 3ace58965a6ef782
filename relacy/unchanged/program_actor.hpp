// An actor of a program: its thread, where it stands, and what it has done so far.
#pragma once

#include <array>
#include <csetjmp>
#include <cstdint>
#include <utility>
#include <vector>

#include "relacy/adapter/atomics/weak_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

struct ProgramActor {
  // The functions that it is in, by the code that they return to; the outermost first.
  struct Calls {
    static constexpr unsigned most = 64;
    std::array<const void*, most> code;
    unsigned depth = 0;  // may be more
  };
  // An actor before an access, with all that its stack and registers hold.
  struct Arrival {
    std::uint64_t changes = 0;  // so far
    std::uint32_t chances = 0;
    const void* code = nullptr;
    StateKey state;
  };

  static constexpr std::uint64_t never = ~std::uint64_t{0};

  void* (*call)(void*) = nullptr;
  void* argument = nullptr;
  void* result = nullptr;
  bool begun = false;
  bool done = false;
  std::jmp_buf exit;
  std::uintptr_t waits_for = 0;         // 0: nobody
  std::uintptr_t wants = 0;             // the mutex that it stands before; 0: none
  bool wants_shared = false;            // with others
  const void* code = nullptr;           // of its last step
  Calls calls;                          // that it is in
  std::uintptr_t lowest = 0;            // byte of its stack that has a shadow
  std::uintptr_t stack_at = 0;          // the end of what is alive there, when it last took a step
  bool lends_stack = false;             // have others accessed it?
  unsigned quiet = 0;                   // plain accesses since its last step
  std::uint64_t quiet_changes = never;  // its changes, when it last gave up its turn for these
  unsigned quiet_turns = 0;             // that it gave up in a row
  // What it would have heard of if its signal fences acquired.
  std::array<Stamp, ModelTest::most_actors> signalled{};
  std::uint64_t seen = 0;     // a hash of all values that it has loaded
  std::uint64_t changes = 0;  // of anything but its own stack
  std::uint32_t chances = 0;  // loads of an older store, weak CAS that failed spuriously
  std::array<Arrival, 8> arrivals{};
  unsigned next_arrival = 0;
  SyncClock begin;
  SyncClock end;
  std::vector<std::pair<void (*)(void*), void*>> at_end;
  std::vector<void*> cleanups;
  std::vector<void*> locals;
};

}  // namespace poolproof
