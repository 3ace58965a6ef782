#include "pos_strategy.hpp"

#include "relacy/engine/schedule.hpp"

namespace poolproof {

bool PosStrategy::begin() {
  if (!SampledStrategy::begin()) return false;
  pending_.begin();
  for (std::uint32_t& priority : priority_) priority = rng().next32();
  return true;
}

unsigned PosStrategy::next_actor(const Situation& situation) {
  pending_.note(situation);
  const std::uint32_t willing = willing_actors(situation);
  unsigned chosen = nobody;
  for (unsigned actor = 0; willing >> actor != 0; ++actor) {
    if (!contains(willing, actor)) continue;
    if (chosen == nobody || priority_[actor] > priority_[chosen]) chosen = actor;
  }
  const Access& access = pending_.of(chosen);
  priority_[chosen] = rng().next32();  // of what comes behind it
  for (unsigned actor = 0; situation.enabled >> actor != 0; ++actor) {
    if (actor == chosen || !contains(situation.enabled, actor)) continue;
    if (PendingAccesses::race(pending_.of(actor), access)) priority_[actor] = rng().next32();
  }
  return chosen;
}

}  // namespace poolproof
