#include "tree_strategy.hpp"

#include <algorithm>
#include <utility>

#include "relacy/engine/schedule.hpp"

namespace poolproof {

TreeStrategy::TreeStrategy(Bound bound, std::uint64_t seed, const Slice& slice)
    : bound_(bound),
      rng_(seed, 0),
      cuts_{Cut{slice.shard, slice.shards}, Cut{slice.job, slice.jobs}} {
  open_.push_back({});
}

bool TreeStrategy::begin() {
  while (cuts_made_ != cuts_.size() && is_cut_enough(cuts_[cuts_made_])) deal(cuts_[cuts_made_++]);
  if (open_.empty()) return false;
  depth_ = 0;
  left_ = bound_.most;
  waits_.fill(0);
  yields_.fill(0);
  return true;
}

// In more branches than there are parts, since they differ in size.
bool TreeStrategy::is_cut_enough(const Cut& cut) const {
  return cut.of == 1 || open_.empty() || open_.size() + single_.size() >= 16 * cut.of;
}

// Keeps every cut.of-th of the branches.
void TreeStrategy::deal(const Cut& cut) {
  std::move(single_.begin(), single_.end(), std::back_inserter(open_));
  single_.clear();
  std::deque<Branch> mine;
  for (std::size_t i = cut.number; i < open_.size(); i += cut.of) {
    mine.push_back(std::move(open_[i]));
  }
  open_ = std::move(mine);
}

// One choice of count. One time in one_in the first to be tried is any, else the plain one, 0.
std::uint32_t TreeStrategy::take_branch(std::uint32_t count, std::uint32_t one_in) {
  std::vector<Node>& path = open_.front().path;
  if (depth_ == path.size()) {
    path.push_back({count, rng_.below(one_in) == 0 ? rng_.below(count) : 0, 0});
  }
  const Node& node = path[depth_++];
  if (node.count == count) return (node.first + node.index) % count;
  diverged_ = true;
  return 0;
}

// Who yields may go on at once: a retry after a failed CAS is as likely a schedule as any. But not
// for ever, or a loop that waits would be a livelock in some corner of every tree: who has yielded
// often is not chosen until all others that can have taken a step.
unsigned TreeStrategy::next_actor(const Situation& situation) {
  const std::uint32_t enabled = situation.enabled;
  const unsigned current = situation.current;
  const bool can_go_on = situation.can_go_on();
  if (situation.yielded && ++yields_[current] > yield_limit)
    waits_[current] = enabled & ~(1U << current);
  std::uint32_t eligible = 0;
  for (unsigned actor = 0; enabled >> actor != 0; ++actor) {
    if (contains(enabled, actor) && (waits_[actor] & enabled) == 0) eligible |= 1U << actor;
  }
  if (eligible == 0) eligible = enabled;
  if (can_go_on && left_ == 0) {
    cut_short_ = cut_short_ || eligible != 1U << current;
    eligible = 1U << current;
  }

  std::array<std::uint8_t, 32> options{};
  std::uint32_t count = 0;
  const unsigned first = default_actor(eligible, current, situation.yielded);
  for (unsigned i = 0; i != 32; ++i) {
    const unsigned actor = (first + i) % 32;
    if (contains(eligible, actor)) options[count++] = static_cast<std::uint8_t>(actor);
  }
  const unsigned chosen = options[count == 1 ? 0 : take_branch(count, can_go_on ? 8 : 1)];
  if (can_go_on && chosen != current) --left_;
  for (std::uint32_t& waits : waits_) waits &= ~(1U << chosen);
  return chosen;
}

std::uint32_t TreeStrategy::choose(std::uint32_t n, Choice kind) {
  if (kind == Choice::user) return take_branch(n, 1);
  if (bound_.counts_memory && left_ == 0) {
    cut_short_ = true;
    return 0;
  }
  const std::uint32_t chosen = take_branch(n, 8);
  if (bound_.counts_memory && chosen != 0) --left_;
  return chosen;
}

bool TreeStrategy::end(const StepReport&) {
  if (diverged_ || depth_ != open_.front().path.size()) return false;
  if (cuts_made_ != cuts_.size()) {
    cut();
  } else {
    count_execution();
    go_on();
  }
  return true;
}

void TreeStrategy::cut() {
  Branch branch = std::move(open_.front());
  open_.pop_front();
  if (branch.path.size() == branch.floor) {
    single_.push_back(std::move(branch));
    return;
  }
  branch.path.resize(branch.floor + 1);
  ++branch.floor;
  for (Node& node = branch.path.back(); node.index != node.count; ++node.index) {
    open_.push_back(branch);
  }
}

void TreeStrategy::count_execution() {
  ++executions_;
  double weight = 1;
  for (const Node& node : open_.front().path) weight /= node.count;
  share_ += weight;
}

bool TreeStrategy::advance(Branch& branch) {
  while (branch.path.size() > branch.floor) {
    Node& node = branch.path.back();
    if (++node.index < node.count) return true;
    branch.path.pop_back();
  }
  return false;
}

void TreeStrategy::go_on() {
  const bool over = --left_in_turn_ == 0;
  if (!advance(open_.front())) {
    open_.pop_front();
  } else if (over) {
    split();
    std::rotate(open_.begin(), open_.begin() + 1, open_.end());
  } else {
    return;
  }
  left_in_turn_ = turn;
}

// What the current branch would try after its shallowest open node becomes a branch of its own.
void TreeStrategy::split() {
  if (open_.size() >= most_branches) return;
  Branch& branch = open_.front();
  while (branch.floor != branch.path.size()) {
    const Node& node = branch.path[branch.floor++];
    if (node.index + 1 == node.count) continue;
    Branch rest{
        {branch.path.begin(), branch.path.begin() + static_cast<std::ptrdiff_t>(branch.floor)},
        branch.floor - 1};
    ++rest.path.back().index;
    open_.push_back(std::move(rest));
    return;
  }
}

void TreeStrategy::save(StateWriter& writer, const std::deque<Branch>& branches) {
  writer.number(std::uint64_t{branches.size()});
  for (const Branch& branch : branches) {
    writer.number(std::uint64_t{branch.floor});
    writer.number(std::uint64_t{branch.path.size()});
    for (const Node& node : branch.path) {
      writer.number(std::uint64_t{node.count});
      writer.number(std::uint64_t{node.first});
      writer.number(std::uint64_t{node.index});
    }
  }
}

void TreeStrategy::restore(StateReader& reader, std::deque<Branch>& branches) {
  branches.clear();
  for (auto size = reader.number<std::uint32_t>(); size != 0; --size) {
    Branch branch;
    branch.floor = reader.number<std::uint32_t>();
    for (auto length = reader.number<std::uint16_t>(); length != 0; --length) {
      Node node;
      node.count = reader.number<std::uint32_t>();
      node.first = reader.number<std::uint32_t>();
      node.index = reader.number<std::uint32_t>();
      branch.path.push_back(node);
    }
    branches.push_back(std::move(branch));
  }
}

void TreeStrategy::save(StateWriter& writer) const {
  writer.number(executions_);
  writer.number(share_);
  writer.number(rng_.state());
  writer.number(std::uint64_t{cuts_made_});
  writer.number(std::uint64_t{cut_short_});
  writer.number(std::uint64_t{left_in_turn_});
  save(writer, open_);
  save(writer, single_);
}

void TreeStrategy::restore(StateReader& reader) {
  executions_ = reader.number();
  share_ = reader.real();
  rng_ = Rng::at(reader.number());
  cuts_made_ = reader.number<std::uint32_t>();
  cut_short_ = reader.number() != 0;
  left_in_turn_ = reader.number<std::uint32_t>();
  restore(reader, open_);
  restore(reader, single_);
}

}  // namespace poolproof
