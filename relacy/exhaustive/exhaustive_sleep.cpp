// ExhaustiveStrategy: whose next step need not be tried here, as it was tried before and nothing
// has come between (sleep sets), as a like actor's was (symmetry), or as its actor waits.
#include "exhaustive_strategy.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

// With how many of the newest stores each actor's next step should be tried.
VisitedStates::TriedStores ExhaustiveStrategy::wanted(const Node& node,
                                                      std::uint32_t enabled) const {
  VisitedStates::TriedStores stores;
  const std::uint32_t may_go_on = eligible(enabled);
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (!contains(may_go_on, actor)) continue;
    const SleepEntry& tried = node.sleep[actor];
    stores.set(actor, tried.asleep ? memory_.untried_stores(tried) : memory_.most_stores());
  }
  return stores;
}

// The actors whose next step was tried with fewer stores than wanted.
std::uint32_t ExhaustiveStrategy::remaining(const Node& node) const {
  std::uint32_t rest = 0;
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (node.known.of(actor) < node.wanted.of(actor)) rest |= 1U << actor;
  }
  return rest;
}

// What was tried in this state before, was tried without what is tried now: it does not sleep.
void ExhaustiveStrategy::wake(Node& node) const {
  for (unsigned actor = 0; actor != actors_; ++actor) {
    SleepEntry& tried = node.sleep[actor];
    const unsigned known = node.known.of(actor);
    if (!tried.asleep || known <= node.wanted.of(actor)) continue;
    if (known == memory_.most_stores() || !tried.access.reads()) {
      tried = {};
    } else {
      memory_.forget_newest(tried, known);
    }
  }
  node.wanted = node.wanted.with(node.known);
}

void ExhaustiveStrategy::put_to_sleep(const Node& parent, Node& child) const {
  for (unsigned actor = 0; actor != actors_; ++actor) {
    const SleepEntry& tried = parent.sleep[actor];
    if (actor != done_.by && tried.asleep && memory_.independent(tried, done_)) {
      child.sleep[actor] = tried;
    }
  }
}

bool ExhaustiveStrategy::all_asleep(const SleepEntry& tried) const {
  return tried.asleep && memory_.untried_stores(tried) == 0;
}

std::uint32_t ExhaustiveStrategy::eligible(std::uint32_t enabled) const {
  std::uint32_t open = 0;
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (contains(enabled, actor) && !is_held(actor, enabled)) open |= 1U << actor;
  }
  return open != 0 ? open : enabled;
}

// Of actors that are alike so far, one is as good as another; and if what one of them would do was
// tried before, so was what the others would.
std::uint32_t ExhaustiveStrategy::without_doubles(std::uint32_t open, std::uint32_t enabled,
                                                  const Node& node) const {
  if (!rules_.symmetric || !rules_.reduce) return open;
  for (unsigned one = 0; one != actors_; ++one) {
    for (unsigned other = 0; other != actors_; ++other) {
      if (one == other || !contains(enabled, one) || !contains(open, other)) continue;
      if (!symmetry_.alike(one, other)) continue;
      const bool asleep = all_asleep(node.sleep[one]);
      if (asleep || (one < other && contains(open, one))) open &= ~(1U << other);
    }
  }
  return open;
}

bool ExhaustiveStrategy::is_held(unsigned actor, std::uint32_t enabled) const {
  return (memory_.yields(actor) > yield_limit && memory_.waits_in_vain(actor)) ||
         (waits_[actor] & enabled) != 0;
}

// Has the step that is being taken been tried with the store of that age?
bool ExhaustiveStrategy::was_tried(unsigned age) const {
  if (blocked_ || depth_ == 0 || stepping_ == nobody) return false;
  const SleepEntry& tried = path_[last_].sleep[stepping_];
  return tried.asleep && tried.access.reads() && memory_.was_tried(tried, age);
}

// What others have stored since the step was tried, its actor cannot see. So it is asleep, which
// could not be known before, and another must be tried instead.
void ExhaustiveStrategy::sees_nothing_new() {
  blocked_ = true;
  if (!dynamic_) return;
  Node& node = path_[last_];
  const std::uint32_t others = node.open & ~node.known_of & ~(1U << stepping_);
  node.candidates |= static_cast<std::uint16_t>(others & ~(others - 1));
}

}  // namespace poolproof
