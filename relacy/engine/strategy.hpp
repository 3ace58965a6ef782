// Strategy: makes every choice of an execution. Who takes the next step, which of several stores a
// load sees, whether a weak CAS fails for nothing, and what an actor draws at random. A strategy
// that makes the same choices gets the same execution.
#pragma once

#include <cstdint>

namespace poolproof {

enum class Choice : std::uint8_t {
  load,      // 0: the newest store; 1: an older one, if it is not the last that may be seen
  spurious,  // 0: a weak CAS that can succeed does; 1: it fails
  user,      // what an actor draws
};

class Strategy {
 public:
  static constexpr unsigned nobody = ~0U;

  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  // Before each execution. False: there is none left.
  virtual bool begin() = 0;
  // The actor that takes the next step. enabled: those that can, as bits; at least one. current:
  // the one that took the last step, or nobody; yielded: it has said that it waits for others.
  virtual unsigned next_actor(std::uint32_t enabled, unsigned current, bool yielded) = 0;
  // A number in [0, n), n at least 2; 0 is the plain course of things.
  virtual std::uint32_t choose(std::uint32_t n, Choice kind) = 0;
  // Will it ask for the states of the execution that begins? They cost something.
  virtual bool wants_states() const { return false; }
  // After each execution that did not fail. False: the same choices led to something else.
  virtual bool end() { return true; }
};

}  // namespace poolproof
