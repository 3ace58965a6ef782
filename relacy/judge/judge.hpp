// What C++20 allows a program to do, and what each of that takes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "program.hpp"

namespace poolproof::judge {

// What an execution needs that an engine may not have which takes steps one after another, each
// thread's in its order. From the least to the most; an execution that needs more needs a
// memory that can do more.
enum class Needs : std::uint8_t {
  nothing,      // each step, at its turn, reads a store that was executed before
  other_order,  // seq_cst operations precede each other in S that are executed the other way round
  load_buffering,  // a read takes its value from a store that it precedes: sequenced before and
                   // reads-from have a cycle; RC11 allows no execution that needs it
};
constexpr unsigned needs_kinds = 3;

struct Allowed {
  std::map<std::string, Needs> outcomes;  // each with the least that it needs
  std::optional<Needs> race;              // the least that one needs; none: there is none
  std::uint64_t executions = 0;           // that differ in reads-from or a modification order
  std::uint64_t without_buffering = 0;    // of these, those that RC11's axiom leaves

  bool allows(const std::string& outcome) const { return outcomes.contains(outcome); }
  // Outcomes that need no more than that.
  unsigned count(Needs most) const;
};

// Time grows with the number of choices of who reads from whom: below a second for 12 operations
// of which half read. Where there is a race, outcomes mean nothing.
Allowed allowed(const Program& program);

}  // namespace poolproof::judge
