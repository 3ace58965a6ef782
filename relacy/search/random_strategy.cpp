#include "random_strategy.hpp"

#include <array>

#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

namespace {

static_assert(ModelTest::most_actors == 4);

// Of each set of actors, its members: next_actor is asked at every step.
constexpr auto members = [] {
  std::array<std::array<std::uint8_t, 5>, 16> table{};  // the last number is how many
  for (unsigned set = 0; set != 16; ++set) {
    for (std::uint8_t actor = 0; actor != 4; ++actor) {
      if (contains(set, actor)) table[set][table[set][4]++] = actor;
    }
  }
  return table;
}();

}  // namespace

unsigned RandomStrategy::next_actor(const Situation& situation) {
  const auto& actors = members[situation.enabled];
  if (actors[4] == 1) return actors[0];
  const std::uint64_t chance = rng().next();
  if (is_calm() && situation.can_go_on() && chance % 8 != 0) return situation.current;
  return actors[(chance >> 32) * actors[4] >> 32];
}

}  // namespace poolproof
