// Strategy: makes every choice of an execution. Who takes the next step, which of several stores a
// load sees, whether a weak CAS fails spuriously, and what an actor draws at random. A strategy
// that makes the same choices gets the same execution.
#pragma once

#include <cstdint>
#include <span>

#include "access.hpp"

namespace poolproof {

class StateHash;

enum class Choice : std::uint8_t {
  load,      // 0: this store; 1: an older one. Also for the place of a store among others
  spurious,  // 0: a weak CAS that can succeed does; 1: it fails
  user,      // what an actor draws
};

// The execution in progress, before a step, for a strategy that wants states.
class StateSource {
 public:
  // Adds everything that determines how the execution can continue, except each actor's yield
  // count. Returns false if that cannot be determined. yields: may an actor yield that is not done?
  // with_end: the end state that after() tells is determined too.
  virtual bool add_state(StateHash& hash, bool yields, bool with_end) = 0;
  // Bit set of the actors that wait for a mutex: not live, but not done.
  virtual std::uint32_t wait_for_mutex() const = 0;

 protected:
  ~StateSource() = default;
};

// What a strategy knows when it chooses who takes the next step.
struct Situation {
  std::uint32_t enabled;   // bit set of the actors that may take it, never empty
  std::uint32_t live;      // and of all that are not done and wait for no mutex
  unsigned current;        // the actor of the last step, or Strategy::nobody
  bool yielded;            // current called pause()
  const StepReport& last;  // current's step; meaningless if that is nobody
  StateSource& state;

  // Is current left out because it reads the same again and again?
  bool waits() const noexcept {
    return current < 32 && (live >> current & ~(enabled >> current) & 1) != 0;
  }
  // Can current take the next step too, and does not wait for others?
  bool can_go_on() const noexcept {
    return current < 32 && !yielded && (enabled >> current & 1) != 0;
  }
};

class Strategy {
 public:
  static constexpr unsigned nobody = ~0U;

  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  // Before each execution. Returns false if there is none left.
  virtual bool begin() = 0;
  // The actor that takes the next step, one of the enabled.
  virtual unsigned next_actor(const Situation& situation) = 0;
  // A number in [0, n), n at least 2; 0 is the plain course of things.
  virtual std::uint32_t choose(std::uint32_t n, Choice kind) = 0;
  // Which of several stores, the newest first, an access reads or comes behind: an index. ages: how
  // many stores each was followed by, in the order of steps. Also asked where there is only one.
  virtual std::uint32_t choose_store(std::span<const std::uint8_t> ages) {
    std::uint32_t index = 0;
    while (index + 1 < ages.size() && choose(2, Choice::load) == 1) ++index;
    return index;
  }
  // Do the actors of the execution that begins move in fine steps? Then others may come between
  // also behind each access that writes and before an owner looks at its payload, so that what code
  // does with plain memory there comes apart from the access before. Asked once.
  virtual bool has_fine_steps() const { return false; }
  // Will it ask for the states of the execution that begins? They cost something.
  virtual bool wants_states() const { return false; }
  // After each execution that did not fail. last: its last step. Returns false if the same choices
  // led to something else.
  virtual bool end(const StepReport& last) {
    static_cast<void>(last);
    return true;
  }
};

}  // namespace poolproof
