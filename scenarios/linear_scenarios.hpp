// The scenario for linear allocators.
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

}  // namespace poolproof
