// The scenarios for linear allocators.
#pragma once

#include "scenario.hpp"

namespace poolproof {

struct Carve {
  static constexpr ScenarioInfo info{
      .name = "carve",
      .summary = "carve pieces of random sizes until nothing is left, rest, reset, again",
      .family = Family::linear};
  template <LinearActor A>
  static void step(A& me) {
    if (!me.carve(1 + me.random(me.most_bytes()))) me.rest();
  }
};

struct CarveAligned {
  static constexpr ScenarioInfo info{
      .name = "carve_aligned",
      .summary = "the same, and every other piece is aligned to more than the others",
      .family = Family::linear};
  template <LinearActor A>
  static void step(A& me) {
    const std::uint32_t bytes = 1 + me.random(me.most_bytes());
    const bool carved = me.random(2) == 0
                            ? me.carve(bytes)
                            : me.carve_aligned(bytes, me.alignment() << (1 + me.random(2)));
    if (!carved) me.rest();
  }
};

// All of them, in the order in which they are shown.
using LinearScenarios = ScenarioList<Carve, CarveAligned>;

}  // namespace poolproof
