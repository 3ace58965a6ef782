// PendingAccesses: the access that each actor stands before, as far as an execution has shown it.
#pragma once

#include <array>

#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/strategy.hpp"

namespace poolproof {

class PendingAccesses {
 public:
  // Before each execution: who has taken no step yet stands before none.
  void begin() noexcept { all_.fill({.kind = Access::Kind::local}); }
  // Before each step.
  void note(const Situation& situation) noexcept {
    if (situation.current < all_.size()) all_[situation.current] = situation.last.next;
  }
  const Access& of(unsigned actor) const noexcept { return all_[actor]; }

  // Does the order of the two matter?
  static bool race(const Access& one, const Access& other) noexcept {
    using enum Access::Kind;
    if (one.kind == local || other.kind == local) return false;
    if (one.kind == unknown || other.kind == unknown) return true;
    return one.object == other.object && !(one.kind == load && other.kind == load);
  }

 private:
  std::array<Access, ModelTest::most_actors> all_{};
};

}  // namespace poolproof
