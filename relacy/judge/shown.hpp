// What the engine shows of a program: all end states that its exhaustive search comes to, with the
// atomics, variables and fences that subjects get.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "program.hpp"

namespace poolproof::judge {

struct Shown {
  std::set<std::string> outcomes;
  bool race = false;      // then the search has ended there
  bool complete = false;  // neither a race nor the limit has ended it
  std::string failure;    // of another kind than a race; empty: none
  std::uint64_t executions = 0;
};

// Threads: 2 to 4. Not from within an execution.
Shown shown(const Program& program, std::uint64_t most_executions = 1'000'000);

}  // namespace poolproof::judge
