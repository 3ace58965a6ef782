// What the engine shows of a program: all end states that its exhaustive search comes to, with the
// atomics, variables and fences that checked code gets.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "harness/check/memory.hpp"
#include "program.hpp"

namespace poolproof::judge {

struct Shown {
  std::set<std::string> outcomes;
  bool race = false;      // then the search has ended there
  bool complete = false;  // neither a race nor the limit has ended it
  std::string failure;    // of another kind than a race; empty: none
  std::uint64_t executions = 0;
};

// Which of the engine's atomics: those of our allocators, those of users' subjects, or the memory
// of programs as they are, which names atomics by address.
enum class Atomics : std::uint8_t { backend, in_place, by_address };

struct How {
  Atomics atomics = Atomics::backend;
  Memory memory = Memory::cpp20;
  bool states = false;    // leave out what is known from a state that was visited before
  bool reduce = true;     // false: every order of steps
  bool demanded = false;  // try another order of steps only where steps behind it demand that
  std::uint64_t most_executions = 1'000'000;
};

// Threads: 2 to 4. Not from within an execution.
Shown shown(const Program& program, const How& how = {});

}  // namespace poolproof::judge
