// StepOrder: of one execution, which steps must come before which others, by what each of them
// depends on; and for which of them the other order must be tried as well (dynamic partial-order
// reduction: Flanagan and Godefroid, POPL 2005; with source sets, Abdulla et al., POPL 2014).
//
// An access that reads around a store does not depend on it. A store and a later access need no
// other order: behind the store this may still read, or come behind, all that it could have before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "independence.hpp"

namespace poolproof {

class StepOrder {
 public:
  static constexpr unsigned most_actors = Independence::most_actors;

  // stale: how far back a load may look.
  StepOrder(unsigned stale, Memory memory) noexcept : most_stale_(stale), memory_(memory) {}

  // An earlier step, by its place on the path of the search, that a later one must also come
  // before. first: the actors of whom any may begin that other order, as bits.
  struct Reversal {
    std::size_t node = 0;
    std::uint32_t first = 0;
  };

  // Before each execution. Steps at places before that are the same as in the last execution.
  void begin(std::size_t node) noexcept;
  // Whose next step can be taken only since the last step; as bits.
  void enables(std::uint32_t actors) noexcept;
  // The step at that place is over. yielded: has its actor, in this execution? Returns what must be
  // tried because of it, until the next call.
  const std::vector<Reversal>& add(std::size_t node, const LastStep& step, bool yielded);
  // The same of a step that its actor stood before when the execution ended early.
  const std::vector<Reversal>& add_pending(const LastStep& step, bool yielded);

 private:
  using Clock = std::array<std::uint32_t, most_actors>;  // how many steps of each came before
  struct Taken {
    std::size_t node = 0;
    LastStep step{};
    std::uint32_t number = 0;  // among those of its actor, from 1
    Clock clock{};             // itself included
  };

  static void join(Clock& clock, const Clock& other) noexcept;
  static bool follows(const Taken& later, const Taken& earlier) noexcept {
    return later.clock[earlier.step.by] >= earlier.number;
  }
  struct Relation {
    bool ordered = false;   // does the later step depend on the earlier one?
    bool reversed = false;  // must the other order be tried?
  };

  Relation of_read(const LastStep& earlier, const LastStep& later, bool yielded) const noexcept;
  // Behind it, an access may still read, or come behind, all stores that there were before it.
  bool keeps_all(const LastStep& earlier) const noexcept {
    return earlier.step.newest < most_stale_;
  }
  Relation relation(const LastStep& earlier, const LastStep& later, bool yielded) const noexcept;
  void find(Taken& taken, bool yielded);
  std::uint32_t first_without(std::size_t earlier, const Taken& later) const noexcept;

  const std::int64_t most_stale_;
  const Memory memory_;
  std::vector<Taken> steps_;
  std::vector<Reversal> found_;
  // Of the execution in progress.
  std::size_t count_ = 0;                              // of steps_, those that are over
  std::array<std::size_t, most_actors> last_{};        // step of each + 1; 0: none
  std::array<std::size_t, most_actors> enabled_by_{};  // a step + 1, until its next; 0: none
};

}  // namespace poolproof
