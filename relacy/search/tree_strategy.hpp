// TreeStrategy: the systematic search. All choices form a tree; this goes through all of it, each
// execution once, with at most so many preemptions in one. Most trees are too large to finish, and
// depth first would see one corner of them only. So many branches stay open and take turns, and at
// each node the seed says which choice is tried first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "harness/base/rng.hpp"
#include "relacy/engine/saved_state.hpp"
#include "relacy/engine/slice.hpp"
#include "relacy/engine/strategy.hpp"

namespace poolproof {

class TreeStrategy final : public Strategy {
 public:
  static constexpr unsigned unlimited = ~0U;  // the full search

  // How many preemptions an execution may have; or how many departures from the plain course of
  // things: preemptions, steps of a load to an older store, weak CAS that fail for nothing.
  struct Bound {
    Bound(unsigned preemptions) noexcept : most(preemptions) {}
    static Bound departures(unsigned most) noexcept {
      Bound bound(most);
      bound.counts_memory = true;
      return bound;
    }
    unsigned most;
    bool counts_memory = false;
  };

  // Slices fit together only if they have the same seed. Cutting takes a few executions, which
  // every slice makes and none counts.
  TreeStrategy(Bound bound, std::uint64_t seed, const Slice& slice = {});

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;
  bool end(const StepReport&) override;

  // Where it stands between two executions; to go on from there in another process.
  void save(StateWriter& writer) const;
  void restore(StateReader& reader);

  // Executions that have passed, without those that cut the tree.
  std::uint64_t executions() const noexcept { return executions_; }
  // How much of the whole tree these were, 0 to 1, if each choice halves, thirds, ... what follows.
  double share() const noexcept { return share_; }
  // Has it left anything out? Not if all were made, and no bound would have let in more.
  bool is_cut_short() const noexcept { return cut_short_; }

 private:
  struct Node {
    std::uint32_t count = 0;
    std::uint32_t first = 0;  // tried first, then the others, round and round
    std::uint32_t index = 0;  // how many have been tried
  };
  // Of so many parts, one is ours.
  struct Cut {
    std::uint64_t number;
    std::uint64_t of;
  };
  // path leads to the next execution; its nodes below floor are tried in turn.
  struct Branch {
    std::vector<Node> path;
    std::size_t floor = 0;
  };

  static constexpr unsigned turn = 4;         // executions
  static constexpr unsigned yield_limit = 4;  // yields of an actor, in an execution
  static constexpr std::size_t most_branches = 4096;

  static void save(StateWriter& writer, const std::deque<Branch>& branches);
  static void restore(StateReader& reader, std::deque<Branch>& branches);
  std::uint32_t take_branch(std::uint32_t count, std::uint32_t one_in);
  void cut();
  void deal(const Cut& cut);
  bool is_cut_enough(const Cut& cut) const;
  void count_execution();
  void go_on();
  void split();
  static bool advance(Branch& branch);

  const Bound bound_;
  Rng rng_;
  const std::array<Cut, 2> cuts_;  // the whole into shards, and ours into jobs
  std::size_t cuts_made_ = 0;      // cutting goes on until all are
  std::deque<Branch> open_;        // the first is the current one
  std::deque<Branch> single_;      // cut down to one execution
  unsigned left_in_turn_ = turn;

  std::size_t depth_ = 0;                   // in the current path
  unsigned left_ = 0;                       // of the bound
  std::array<std::uint32_t, 32> waits_{};   // for whom each actor that yielded waits
  std::array<std::uint32_t, 32> yields_{};  // of each actor
  bool diverged_ = false;
  bool cut_short_ = false;
  std::uint64_t executions_ = 0;
  double share_ = 0;
};

}  // namespace poolproof
