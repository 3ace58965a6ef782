#include "random_strategy.hpp"

#include <array>
#include <bit>

#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

namespace {

// Of each set of up to four actors, its members: next_actor is asked at every step.
constexpr auto members = [] {
  std::array<std::array<std::uint8_t, 5>, 16> table{};  // the last number is how many
  for (unsigned set = 0; set != 16; ++set) {
    for (std::uint8_t actor = 0; actor != 4; ++actor) {
      if (contains(set, actor)) table[set][table[set][4]++] = actor;
    }
  }
  return table;
}();

// The one in the set with that many before it.
unsigned member(std::uint32_t set, unsigned before) noexcept {
  for (; before != 0; --before) set &= set - 1;
  return static_cast<unsigned>(std::countr_zero(set));
}

}  // namespace

unsigned RandomStrategy::next_actor(const Situation& situation) {
  const std::uint32_t enabled = situation.enabled;
  const auto count = static_cast<unsigned>(std::popcount(enabled));
  if (count == 1) return member(enabled, 0);
  const std::uint64_t chance = rng().next();
  if (is_calm() && situation.can_go_on() && chance % 8 != 0) return situation.current;
  const auto drawn = static_cast<unsigned>((chance >> 32) * count >> 32);
  return enabled < members.size() ? members[enabled][drawn] : member(enabled, drawn);
}

}  // namespace poolproof
