#include "step_order.hpp"

#include <algorithm>

namespace poolproof {

namespace {

using Kind = Access::Kind;

}  // namespace

// later reads what earlier has stored to, or an older store.
StepOrder::Relation StepOrder::of_read(const LastStep& earlier, const LastStep& later,
                                       bool yielded) const noexcept {
  const bool reads_it = later.read() == earlier.step.newest + 1;
  return {reads_it || yielded, yielded || !keeps_all(earlier)};
}

StepOrder::Relation StepOrder::relation(const LastStep& earlier, const LastStep& later,
                                        bool yielded) const noexcept {
  const TriedStep& one = earlier.step;
  const TriedStep& other = later.step;
  constexpr Relation dependent{true, true};
  if (one.effects.conflicts(other.effects)) return dependent;
  if (one.access.kind == Kind::local || other.access.kind == Kind::local) return {};
  if (one.access.kind == Kind::unknown || other.access.kind == Kind::unknown) return dependent;
  if (are_fenced(one.access, other.access)) return dependent;
  if (one.access.object != other.access.object) return {};
  if (one.access.kind == Kind::mutex || other.access.kind == Kind::mutex) return dependent;
  if (memory_ == Memory::relacy) return one.wrote || other.wrote ? dependent : Relation{};
  const bool both_seq_cst = one.access.seq_cst && other.access.seq_cst;
  if (!one.wrote && !other.wrote) {
    // Of two seq_cst reads the later one sees no older store than the other.
    return both_seq_cst && other.newest != 0 ? dependent : Relation{};
  }
  if (both_seq_cst || !one.wrote) return dependent;
  if (other.access.kind == Kind::load) return of_read(earlier, later, yielded);
  // The store that a read-modify-write has read can be read by no other; and it could have read
  // what comes later.
  if (one.access.kind == Kind::update) return dependent;
  if (other.access.kind == Kind::update) return of_read(earlier, later, yielded);
  return keeps_all(earlier) ? Relation{} : dependent;  // two stores, which may change places
}

void StepOrder::begin(std::size_t node) noexcept {
  while (!steps_.empty() && steps_.back().node >= node) steps_.pop_back();
  count_ = 0;
  last_.fill(0);
  enabled_by_.fill(0);
}

void StepOrder::enables(std::uint32_t actors) noexcept {
  for (unsigned actor = 0; actor != most_actors; ++actor) {
    if ((actors >> actor & 1) != 0) enabled_by_[actor] = count_;
  }
}

void StepOrder::join(Clock& clock, const Clock& other) noexcept {
  for (unsigned actor = 0; actor != most_actors; ++actor) {
    clock[actor] = std::max(clock[actor], other[actor]);
  }
}

const std::vector<StepOrder::Reversal>& StepOrder::add(std::size_t node, const LastStep& step,
                                                       bool yielded) {
  found_.clear();
  if (count_ == steps_.size()) {
    Taken taken{.node = node, .step = step};
    find(taken, yielded);
    steps_.push_back(taken);
  }
  last_[step.by] = ++count_;
  enabled_by_[step.by] = 0;
  return found_;
}

const std::vector<StepOrder::Reversal>& StepOrder::add_pending(const LastStep& step, bool yielded) {
  found_.clear();
  Taken taken{.step = step};
  find(taken, yielded);
  return found_;
}

// From the latest on: an earlier step that comes before one of those found so far comes before this
// one anyhow, and their order cannot be changed by these two alone.
void StepOrder::find(Taken& taken, bool yielded) {
  const unsigned by = taken.step.by;
  if (last_[by] != 0) join(taken.clock, steps_[last_[by] - 1].clock);
  if (enabled_by_[by] != 0) join(taken.clock, steps_[enabled_by_[by] - 1].clock);
  taken.number = ++taken.clock[by];
  for (std::size_t i = count_; i-- != 0;) {
    const Taken& earlier = steps_[i];
    if (earlier.step.by == by || follows(taken, earlier)) continue;
    const Relation found = relation(earlier.step, taken.step, yielded);
    if (found.reversed) found_.push_back({earlier.node, first_without(i, taken)});
    if (found.ordered) join(taken.clock, earlier.clock);
  }
}

// Who can take the first step of all those behind earlier that do not follow it, later included.
// These come to the same as here, but for later: it may read what any of them has stored.
std::uint32_t StepOrder::first_without(std::size_t earlier, const Taken& later) const noexcept {
  Clock began{};  // the first of those steps, of each actor
  std::uint32_t first = 0;
  const auto look_at = [&](const Taken& step) {
    const unsigned by = step.step.by;
    if (began[by] != 0) return;
    began[by] = step.number;
    for (unsigned actor = 0; actor != most_actors; ++actor) {
      if (actor != by && began[actor] != 0 && step.clock[actor] >= began[actor]) return;
    }
    first |= 1U << by;
  };
  bool may_read = false;
  for (std::size_t i = earlier + 1; i < count_; ++i) {
    if (follows(steps_[i], steps_[earlier])) continue;
    look_at(steps_[i]);
    const TriedStep& step = steps_[i].step.step;
    may_read |= step.wrote && step.access.object == later.step.step.access.object;
  }
  if (!may_read) look_at(later);
  return first;
}

}  // namespace poolproof
