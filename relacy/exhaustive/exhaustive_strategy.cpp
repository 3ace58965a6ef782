#include "exhaustive_strategy.hpp"

#include <algorithm>
#include <bit>

#include "relacy/engine/schedule.hpp"

namespace poolproof {

namespace {

// Yields of an actor in an execution, before it is held back until all others that can have taken a
// step, whatever they have stored.
constexpr std::uint32_t last_yield_limit = 16;

}  // namespace

bool ExhaustiveStrategy::begin() {
  if (begun_ && path_.empty()) return false;
  begun_ = true;
  depth_ = last_ = 0;
  blocked_ = foreign_ = cut_ = diverged_ = chose_ = false;
  stepping_ = nobody;
  done_ = {};
  pending_.fill({Access::Kind::local});
  spurious_.fill(0);
  waits_.fill(0);
  symmetry_.clear();
  memory_.clear();
  live_ = ~0U;
  spun_ = 0;
  if (dynamic_) order_.begin(first_changed());
  return true;
}

unsigned ExhaustiveStrategy::next_actor(const Situation& situation) {
  const std::uint32_t enabled = situation.enabled;
  const unsigned current = situation.current;
  if (stepping_ != nobody) finish_step(situation.last);
  actors_ = std::max(actors_, static_cast<unsigned>(std::bit_width(situation.live)));
  order_.enables(situation.live & ~live_);
  if (dynamic_ && !blocked_) demand_kept_out(situation);
  live_ = situation.live;
  if (current != nobody && contains(situation.live, current)) {
    if (situation.yielded) {
      yielded_ = true;
      memory_.yield(current);
      symmetry_.choice(current, 0x100);
      if (memory_.yields(current) > last_yield_limit) waits_[current] = enabled & ~(1U << current);
    }
    pending_[current] = situation.last.next;
    if (situation.last.spun) spun_ |= 1U << current;
  }
  if (!blocked_ && depth_ == path_.size()) branch(situation);
  if (blocked_) return take(default_actor(eligible(enabled), current, situation.yielded));
  const Node& node = path_[depth_];
  if (node.number || !contains(enabled, node.chosen)) {
    diverged_ = blocked_ = true;
    return take(default_actor(situation));
  }
  cut_ = cut_ || node.cut;
  chose_ = chose_ && !node.has_fingerprint;
  last_ = depth_++;
  return take(node.chosen);
}

unsigned ExhaustiveStrategy::take(unsigned actor) {
  stepping_ = actor;
  read_ = {};
  for (std::uint32_t& waits : waits_) waits &= ~(1U << actor);
  return actor;
}

// Takes note of what the step has done that is over; of all that it has done whenever it was taken
// at this place.
void ExhaustiveStrategy::finish_step(const StepReport& step) {
  const Access& access = pending_[stepping_];
  done_ = memory_.finish(stepping_, access, read_, step);
  symmetry_.step(stepping_, access, done_.read(), step);
  if (blocked_) return;
  SleepEntry& all = path_[last_].current;
  all.wrote = all.wrote || step.wrote;
  all.access = access;
  all.newest = done_.step.newest;
  all.effects |= step.effects;
  if (dynamic_) demand(order_.add(last_, done_, memory_.yields(done_.by) != 0));
}

// The place of the first step that this execution takes, or ends, in another way than the last.
std::size_t ExhaustiveStrategy::first_changed() const noexcept {
  std::size_t node = path_.size();
  while (node != 0 && path_[node - 1].number) --node;
  return node == 0 ? 0 : node - 1;
}

// At each of these places one of the first must be tried, if none of them is or was.
void ExhaustiveStrategy::demand(const std::vector<StepOrder::Reversal>& reversals) {
  for (const StepOrder::Reversal& reversal : reversals) {
    Node& node = path_[reversal.node];
    if ((reversal.first & (node.known_of | node.candidates)) != 0) continue;
    const std::uint32_t open = reversal.first & node.open;
    const std::uint32_t more = open != 0 ? open & ~(open - 1) : node.open & ~node.known_of;
    node.candidates |= static_cast<std::uint16_t>(more);
  }
}

// Who stands before a mutex that another has taken could have been first. When it takes the mutex
// at last, that comes behind the step that gave it back, and tells no more of that.
void ExhaustiveStrategy::demand_kept_out(const Situation& situation) {
  const std::uint32_t out = live_ & ~situation.live;
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (!contains(out, actor)) continue;
    if (actor == situation.current) pending_[actor] = situation.last.next;
    if (pending_[actor].kind == Access::Kind::mutex) demand_pending(actor);
  }
}

// The execution ended while others could have gone on, each of them with the step that it stands
// before: their steps must be tried before the end.
void ExhaustiveStrategy::demand_before_end() {
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (actor != done_.by && contains(live_, actor)) demand_pending(actor);
  }
}

void ExhaustiveStrategy::demand_pending(unsigned actor) {
  LastStep step{actor, {}, {true, pending_[actor], memory_.newest(pending_[actor].object), {}}};
  if (step.step.access.kind == Access::Kind::local) step.step.access.kind = Access::Kind::unknown;
  demand(order_.add_pending(step, memory_.yields(actor) != 0));
}

// A place where no execution has been before.
void ExhaustiveStrategy::branch(const Situation& situation) {
  const std::uint32_t enabled = situation.enabled;
  Node node;
  std::uint32_t open = eligible(enabled);
  // A round of a loop that has changed nothing need not have been made: its actor could have come
  // later. So if it is to go on, the execution is the same as another, in which it did.
  if (rules_.reduce) open &= ~spun_;
  if (done_.by != nobody && rules_.reduce) {
    Node& parent = path_[last_];
    if (last_ != 0 || first_is_like_others()) put_to_sleep(parent, node);
    // Nobody can tell when this step was taken: no other need be taken instead.
    if (last_ != 0 && is_invisible(parent.current)) {
      parent.candidates = static_cast<std::uint16_t>(1U << parent.chosen);
      parent.options = 1;
    }
  }
  std::uint32_t asleep = 0;
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (all_asleep(node.sleep[actor])) asleep |= 1U << actor;
  }
  open &= ~asleep;
  node.known_of = static_cast<std::uint16_t>(asleep);
  open = without_doubles(open, enabled, node);
  if (open == 0) {
    blocked_ = true;
    return;
  }
  if (begins_foreign_piece(node)) return;
  open = untried(node, open, situation);
  if (open == 0) {
    blocked_ = true;
    return;
  }
  node.candidates = static_cast<std::uint16_t>(open);
  node.options = static_cast<std::uint8_t>(std::popcount(open));
  node.chosen = static_cast<std::uint8_t>(default_actor(open, situation.current, false));
  for (unsigned actor = 0; rules_.reduce && actor != actors_; ++actor) {
    if (contains(open, actor) && pending_[actor].kind == Access::Kind::local) {
      node.chosen = static_cast<std::uint8_t>(actor);
    }
  }
  node.open = node.candidates;
  if (dynamic_ && !path_.empty()) node.candidates = static_cast<std::uint16_t>(1U << node.chosen);
  path_.push_back(node);
}

// The whole is cut where each choice before has halved, thirded, ... it often enough, into many
// more pieces than there are slices, since they differ in size. What is tried above depends on
// nothing below, so that all slices cut alike; of a foreign piece, each makes one execution to see
// that.
bool ExhaustiveStrategy::begins_foreign_piece(Node& node) {
  if (slice_.is_whole() || cut_) return false;
  double weight = 1;
  for (const Node& above : path_) weight /= above.options;
  if (weight > 1.0 / static_cast<double>(rules_.pieces * slice_.shards)) return false;
  node.cut = cut_ = true;
  foreign_ = blocked_ = !slice_.has(cuts_++);
  return foreign_;
}

// What decides how the execution can go on, the strategy's own part of it included.
bool ExhaustiveStrategy::fingerprint(StateKey& key, const Situation& situation) const {
  StateHash state;
  state.add(yielded_ ? 1 : 0);
  const std::uint32_t enabled = situation.enabled;
  const std::uint32_t not_done = situation.live | situation.state.wait_for_mutex();
  for (unsigned actor = 0; actor != actors_; ++actor) {
    if (!contains(not_done, actor)) continue;
    state.add(std::uint64_t{memory_.yields(actor)} << 32 | spurious_[actor]);
    // What the next yield, or the last, will say of who is held back.
    if (memory_.yields(actor) < yield_limit) continue;
    state.add(waits_[actor] & enabled);
    memory_.add_state(state, actor);
  }
  if (!situation.state.add_state(state, yielded_, rules_.all_ends)) return false;
  key = state.key();
  return true;
}

// Which of the open were not tried in this state before. What was not tried either time need not be
// tried (Godefroid, 1996, 5.2).
std::uint32_t ExhaustiveStrategy::untried(Node& node, std::uint32_t open,
                                          const Situation& situation) {
  if (!look_up(node, open, situation)) return open;
  node.wanted = wanted(node, situation.enabled);
  if (node.known.bits() == 0) return open;
  const std::uint32_t rest = without_doubles(remaining(node), situation.enabled, node);
  if (rest != 0) wake(node);
  return rest;
}

// Finds out what is known of this state. Returns false if it is not told apart: only below a cut,
// since all slices cut alike, whatever they have seen; and if there is one way on, the next state
// does as well.
bool ExhaustiveStrategy::look_up(Node& node, std::uint32_t open, const Situation& situation) {
  if (rules_.states == nullptr || !(cut_ || slice_.is_whole()) || done_.by == nobody) return false;
  if (std::has_single_bit(open) && !chose_) return false;
  if (!fingerprint(node.state, situation)) return false;
  chose_ = false;
  node.has_fingerprint = true;
  node.yields = yielded_;
  node.known = rules_.states->find(node.state);
  return true;
}

void ExhaustiveStrategy::pop() {
  const Node& node = path_.back();
  if (node.has_fingerprint && node.yields == yielded_) {
    rules_.states->add(node.state, node.known, node.wanted);
  }
  path_.pop_back();
}

std::uint32_t ExhaustiveStrategy::choose_store(std::span<const std::uint8_t> ages) {
  std::array<std::uint8_t, StoreList::most> open{};
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i != ages.size(); ++i) {
    if (!was_tried(ages[i])) open[count++] = static_cast<std::uint8_t>(i);
  }
  if (count == 0) sees_nothing_new();
  const std::uint32_t index = count > 1 && !blocked_ ? open[number(count)] : open[0];
  read_ = {.stale = index, .age = ages[index]};
  return index;
}

std::uint32_t ExhaustiveStrategy::choose(std::uint32_t n, Choice kind) {
  if (blocked_) return 0;
  if (kind == Choice::spurious) {
    const bool limited = rules_.stale_reads != StaleReads::one;
    if (limited && spurious_[stepping_] == rules_.spurious) return 0;
    read_.spurious = number(2) == 1;
    if (read_.spurious) ++spurious_[stepping_];
    return read_.spurious ? 1 : 0;
  }
  const std::uint32_t chosen = number(n);
  if (kind == Choice::load && chosen == 1) {  // store by store, each older than the last
    ++read_.stale;
    ++read_.age;
  }
  return chosen;
}

std::uint32_t ExhaustiveStrategy::number(std::uint32_t n) {
  if (depth_ == path_.size()) {
    Node node;
    node.number = true;
    node.options = static_cast<std::uint8_t>(n);
    path_.push_back(node);
  }
  const Node& node = path_[depth_];
  if (!node.number || node.options != n) {
    diverged_ = blocked_ = true;
    return 0;
  }
  ++depth_;
  chose_ = true;
  if (stepping_ != nobody) symmetry_.choice(stepping_, node.chosen);
  return node.chosen;
}

// How many are to be tried at a place is not known before they were. So this is an estimate.
double ExhaustiveStrategy::share_of_path() const noexcept {
  if (begun_ && path_.empty()) return 1;
  double share = 0;
  double weight = 1;
  for (const Node& node : path_) {
    const auto left = static_cast<unsigned>(std::popcount(node.candidates));
    const auto tried =
        static_cast<unsigned>(std::popcount(static_cast<std::uint32_t>(node.known_of & node.open)));
    const double all = node.number ? node.options : tried + left;
    share += weight * (node.number ? node.chosen : tried) / all;
    weight /= all;
  }
  return share;
}

bool ExhaustiveStrategy::end(const StepReport& last) {
  if (diverged_ || depth_ != path_.size()) return false;
  // One that ends above all pieces is the first slice's.
  if (cut_ ? !foreign_ : slice_.has(0)) {
    ++(blocked_ ? redundant_ : executions_);
    double weight = 1;
    for (const Node& node : path_) weight /= node.options;
    share_ += weight;
  }
  if (!blocked_) {
    finish_step(last);
    if (dynamic_) demand_before_end();
  }
  advance();
  return true;
}

// Whoever is the first has seen what before() has stored, says Relacy, and once it has yielded it
// must see newer stores. So where there are yields the first is not like the others. To be asked
// when all executions were made that begin as the first of them did.
bool ExhaustiveStrategy::first_is_like_others() const { return !yielded_ && slice_.is_whole(); }

bool ExhaustiveStrategy::is_invisible(const SleepEntry& step) {
  return step.access.kind == Access::Kind::local && !step.effects.any();
}

bool ExhaustiveStrategy::next_candidate(Node& node) {
  if (node.number) return ++node.chosen != node.options;
  if (&node == path_.data() && rules_.reduce && first_is_like_others() &&
      is_invisible(node.current)) {
    share_ *= node.options;
    return false;
  }
  node.sleep[node.chosen] = node.current;
  node.sleep[node.chosen].asleep = true;
  node.current = {};
  node.known_of |= static_cast<std::uint16_t>(1U << node.chosen);
  node.candidates &= static_cast<std::uint16_t>(~(1U << node.chosen));
  if (node.candidates == 0) return false;
  node.chosen = static_cast<std::uint8_t>(default_actor(node.candidates, node.chosen, true));
  return true;
}

bool ExhaustiveStrategy::advance() {
  while (!path_.empty()) {
    if (next_candidate(path_.back())) return true;
    pop();
  }
  return false;
}

}  // namespace poolproof
