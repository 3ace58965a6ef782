// SuddenEnd: while it lives, code that crashes within an execution, ends its process or does not
// come to an end does not take the history of the execution with it: the execution fails there, by
// the oracle crash or progress. For a child process that replays one, since what comes behind a
// crash is nothing to build on.
#pragma once

#include "harness/base/time.hpp"

namespace poolproof {

class SuddenEnd {
 public:
  // How long what has come to no end may run; and whether its failure names the function that runs,
  // which takes long.
  struct Watch {
    Nanoseconds busy = std::chrono::seconds(2);  // processor time
    Nanoseconds idle = std::chrono::seconds(10);
    bool names_function = true;
  };

  SuddenEnd() : SuddenEnd(Watch()) {}
  explicit SuddenEnd(const Watch& watch);
  SuddenEnd(const SuddenEnd&) = delete;
  SuddenEnd& operator=(const SuddenEnd&) = delete;
  ~SuddenEnd();

  // The time begins anew: before each execution, if there are several.
  void restart() const noexcept;

  // Set where the code under test is a program of its own, which calls into this library: it stops
  // being inside the program. Then crashes are left to whoever has caught them already.
  static inline void (*leave_program)() noexcept = nullptr;

 private:
  const Watch watch_;
};

}  // namespace poolproof
