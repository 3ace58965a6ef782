// What a program is started with, by which rules it is checked, and the atomic operations it calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_set>

#include "relacy/memory/store_list.hpp"

namespace poolproof {

class UnseenCode;
class UnseenLibraries;

enum class Update : std::uint8_t { exchange, add, sub, band, bor, bxor, nand };
Word updated(Update how, Word old, Word value) noexcept;

struct ProgramStart {
  int (*main)(int, char**, char**) = nullptr;
  int argc = 0;
  char** argv = nullptr;
  char** environment = nullptr;
};

// Code that accesses plain memory in a race, by the address behind the call. Where races are no
// failures each access by it is a step, so that all orders of them can come about, as other
// checkers do it (Thomson, Donaldson and Betts, PPoPP 2014). It sees what was stored last.
using RacingCode = std::unordered_set<const void*>;

struct ProgramRules {
  unsigned actors = 2;
  bool races = true;     // are data races failures?
  bool leaks = true;     // are lost blocks?
  bool liveness = true;  // is it one if all actors wait for each other, for good?
  unsigned steps = 20'000;
  RacingCode racing{};
  bool finds_racing = false;             // does it grow by what is seen to race?
  std::uint64_t* too_long = nullptr;     // counts executions with more steps; shared by processes
  UnseenCode* unseen = nullptr;          // null: none is looked for
  UnseenLibraries* libraries = nullptr;  // the same
};

// A call of the program's, as far as all have it.
struct Cas {
  std::memory_order success;
  std::memory_order failure;
  bool weak;
};

}  // namespace poolproof
