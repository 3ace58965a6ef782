#include "random_strategy.hpp"

#include <array>

#include "model_engine.hpp"
#include "schedule.hpp"

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

bool RandomStrategy::begin() {
  if (window_.first > window_.last) return false;
  rng_ = Rng(seed_, window_.first);
  window_.first += window_.stride;
  // Every other execution is calm: its actors mostly go on, and memory mostly behaves. Some bugs
  // want many switches, others a few at the right places.
  calm_ = rng_.below(2) != 0;
  return true;
}

unsigned RandomStrategy::next_actor(std::uint32_t ready, unsigned current, bool yielded) {
  if (members[ready][4] == 1) return members[ready][0];
  const std::uint64_t chance = rng_.next();
  if (calm_ && !yielded && current != nobody && contains(ready, current) && chance % 8 != 0) {
    return current;
  }
  const auto& actors = members[ready];
  return actors[(chance >> 32) * actors[4] >> 32];
}

std::uint32_t RandomStrategy::choose(std::uint32_t n, Choice kind) {
  if (kind == Choice::user) return rng_.below(n);
  const std::uint32_t one_in = (kind == Choice::load ? 2U : 4U) << (calm_ ? 2 : 0);
  return (rng_.next32() & (one_in - 1)) == 0 ? 1 : 0;
}

}  // namespace poolproof
