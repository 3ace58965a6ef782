#include "selective_strategy.hpp"

#include <algorithm>
#include <bit>

#include "relacy/engine/schedule.hpp"

namespace poolproof {

bool SelectiveStrategy::begin() {
  if (!SampledStrategy::begin()) return false;
  pending_.begin();
  accessor_ = nobody;
  has_object_ = !profile_.shared.empty();
  if (has_object_) {
    left_ = profile_.shared[rng().below(static_cast<std::uint32_t>(profile_.shared.size()))];
  }
  return true;
}

bool SelectiveStrategy::stands_before_object(unsigned actor) const noexcept {
  const Access& access = pending_.of(actor);
  return has_object_ && access.is_to_object() && access.object == left_.object;
}

// Whoever is left out of the guess has one access left, so that all come to their end.
unsigned SelectiveStrategy::draw_accessor(std::uint32_t willing) {
  const auto weight = [this](unsigned actor) { return std::max(1U, left_.accesses[actor]); };
  std::uint32_t sum = 0;
  for (unsigned actor = 0; willing >> actor != 0; ++actor) {
    if (contains(willing, actor)) sum += weight(actor);
  }
  std::uint32_t drawn = rng().below(sum);
  unsigned chosen = 0;
  while (!contains(willing, chosen) || drawn >= weight(chosen)) {
    if (contains(willing, chosen)) drawn -= weight(chosen);
    ++chosen;
  }
  return chosen;
}

unsigned SelectiveStrategy::next_actor(const Situation& situation) {
  pending_.note(situation);
  const std::uint32_t willing = willing_actors(situation);
  if (accessor_ == nobody || !contains(willing, accessor_)) accessor_ = draw_accessor(willing);
  std::uint32_t free_to_go = 1U << accessor_;
  for (unsigned actor = 0; willing >> actor != 0; ++actor) {
    if (contains(willing, actor) && !stands_before_object(actor)) free_to_go |= 1U << actor;
  }
  std::uint32_t others = free_to_go;
  for (auto before = rng().below(static_cast<std::uint32_t>(std::popcount(free_to_go)));
       before != 0; --before) {
    others &= others - 1;
  }
  const auto chosen = static_cast<unsigned>(std::countr_zero(others));
  if (stands_before_object(chosen)) {
    if (left_.accesses[chosen] > 1) --left_.accesses[chosen];
    accessor_ = nobody;
  }
  return chosen;
}

}  // namespace poolproof
