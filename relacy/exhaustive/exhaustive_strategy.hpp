// ExhaustiveStrategy: every execution that differs from the others in more than the order of steps
// that cannot see each other, once. Depth first, with sleep sets (Godefroid, LNCS 1032, 1996): what
// was tried before at a place need not be tried again behind a step that does not conflict with it.
// A load conflicts with no later store, as it may read around it: so executions differ in which
// store each load reads, and not in when it read. The README says which steps conflict. And
// from a state that was seen before, only what was not tried there is tried.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "actor_symmetry.hpp"
#include "independence.hpp"
#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/saved_state.hpp"
#include "relacy/engine/slice.hpp"
#include "relacy/engine/strategy.hpp"
#include "step_order.hpp"
#include "visited_states.hpp"

namespace poolproof {

class ExhaustiveStrategy final : public Strategy {
 public:
  static constexpr unsigned most_actors = Independence::most_actors;

  struct Rules {
    StaleReads stale_reads = StaleReads::all;  // of the exploration
    Memory memory = Memory::cpp20;             // and this
    unsigned spurious = 1;   // weak CAS that fail spuriously, at most, of each actor;
                             // StaleReads::one: of each atomic
    bool symmetric = false;  // do all actors do the same? Then one is tried of those that are alike
    bool reduce = true;      // false: every order of steps, to prove the reduction right
    VisitedStates* states = nullptr;  // null: none are told apart
    std::uint64_t pieces = 1024;      // that each shard is cut into, about, if the search is sliced
    bool all_ends = false;            // are states told apart by what end states tell of the past?
    // Is another actor tried at a place only where steps behind it demand that? See StepOrder. Not
    // with states, symmetry or slices: then every actor is tried.
    bool dynamic = false;
  };
  explicit ExhaustiveStrategy(const Rules& rules, const Slice& slice = {}) noexcept
      : rules_(rules),
        slice_(slice),
        dynamic_(rules.dynamic && rules.reduce && rules.states == nullptr && !rules.symmetric &&
                 slice.is_whole()),
        memory_(rules.stale_reads, rules.memory),
        order_(memory_.most_stores() - 1, rules.memory) {}

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;
  std::uint32_t choose_store(std::span<const std::uint8_t> ages) override;
  bool end(const StepReport& last) override;
  bool wants_states() const override { return rules_.states != nullptr; }

  // Where it stands between two executions; to go on from there in another process.
  void save(StateWriter& writer) const;
  void restore(StateReader& reader);

  std::uint64_t executions() const noexcept { return executions_; }  // complete ones
  // Those that turned out to be the same as one before, and were run on to some end.
  std::uint64_t redundant() const noexcept { return redundant_; }
  // How much of the whole this was, 0 to 1, if each choice halves, thirds, ... what follows.
  double share() const noexcept { return dynamic_ ? share_of_path() : share_; }

 private:
  // Yields of an actor in an execution, before it is held back until somebody has stored to what it
  // had read before the last one.
  static constexpr std::uint32_t yield_limit = 4;

  struct SleepEntry : TriedStep {
    bool asleep = false;
  };
  static void save(StateWriter& writer, const SleepEntry& tried);
  static SleepEntry restore_entry(StateReader& reader);
  struct Node {
    bool number = false;           // else: who takes the next step
    std::uint8_t options = 1;      // that there were
    std::uint8_t chosen = 0;       // the number, or the actor
    std::uint16_t candidates = 0;  // actors still to be tried, the chosen one included
    std::uint16_t open = 0;        // those that may be tried
    std::uint16_t known_of = 0;    // those that were tried here, or before, with all that follows
    bool cut = false;              // here begins a piece
    std::array<SleepEntry, most_actors> sleep{};
    SleepEntry current{};  // of the chosen actor, so far
    // Of a state that is told apart, until all from there was tried.
    bool has_fingerprint = false;
    bool yields = false;  // has anybody yielded, in any execution so far?
    VisitedStates::TriedStores known;
    VisitedStates::TriedStores wanted;
    StateKey state;
  };

  double share_of_path() const noexcept;
  unsigned take(unsigned actor);
  void finish_step(const StepReport& step);
  void demand(const std::vector<StepOrder::Reversal>& reversals);
  void demand_kept_out(const Situation& situation);
  void demand_before_end();
  void demand_pending(unsigned actor);
  std::size_t first_changed() const noexcept;
  void branch(const Situation& situation);
  bool begins_foreign_piece(Node& node);
  bool fingerprint(StateKey& state, const Situation& situation) const;
  std::uint32_t untried(Node& node, std::uint32_t open, const Situation& situation);
  bool look_up(Node& node, std::uint32_t open, const Situation& situation);
  VisitedStates::TriedStores wanted(const Node& node, std::uint32_t enabled) const;
  std::uint32_t remaining(const Node& node) const;
  void wake(Node& node) const;
  void pop();
  void put_to_sleep(const Node& parent, Node& child) const;
  bool all_asleep(const SleepEntry& tried) const;
  std::uint32_t eligible(std::uint32_t enabled) const;
  std::uint32_t without_doubles(std::uint32_t open, std::uint32_t enabled, const Node& node) const;
  bool is_held(unsigned actor, std::uint32_t enabled) const;
  bool was_tried(unsigned age) const;
  void sees_nothing_new();
  std::uint32_t number(std::uint32_t n);
  bool advance();
  bool first_is_like_others() const;
  static bool is_invisible(const SleepEntry& step);
  bool next_candidate(Node& node);

  const Rules rules_;
  const Slice slice_;
  const bool dynamic_;
  std::vector<Node> path_;
  std::uint64_t executions_ = 0;
  std::uint64_t redundant_ = 0;
  double share_ = 0;
  bool begun_ = false;
  unsigned actors_ = 0;     // that were live, at most: the first ones
  bool yielded_ = false;    // somebody, in some execution
  std::uint64_t cuts_ = 0;  // where the whole was cut into pieces, so far

  // Of the execution in progress.
  std::size_t depth_ = 0;
  bool blocked_ = false;  // the same as one before, or of another part
  bool foreign_ = false;  // of another part
  bool cut_ = false;      // it is in one of the pieces
  bool diverged_ = false;
  std::size_t last_ = 0;        // node of the step that is being taken
  unsigned stepping_ = nobody;  // who takes it
  bool chose_ = false;          // a number, since a state was last told
  ReadStore read_{};            // what its access has chosen
  LastStep done_{};             // the one before
  std::array<Access, most_actors> pending_{};
  std::array<unsigned, most_actors> spurious_{};
  std::array<std::uint32_t, most_actors> waits_{};  // for whom each actor that yielded waits
  ActorSymmetry symmetry_;
  Independence memory_;
  std::uint32_t live_ = 0;  // actors, before the step that is being taken
  std::uint32_t spun_ = 0;  // actors that have come round a loop in vain
  StepOrder order_;
};

}  // namespace poolproof
