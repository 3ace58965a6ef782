// SuddenEnd: while it lives, code that crashes within an execution, ends its process or does not
// come to an end does not take the history of the execution with it: the execution fails there, by
// the oracle crash or progress. For a child process that replays one, since what comes behind a
// crash is nothing to build on.
#pragma once

namespace poolproof {

class SuddenEnd {
 public:
  SuddenEnd();
  SuddenEnd(const SuddenEnd&) = delete;
  SuddenEnd& operator=(const SuddenEnd&) = delete;
  ~SuddenEnd();

  // Set where the code under test is a program of its own, which calls into this library: it stops
  // being inside the program. Then crashes are left to whoever has caught them already.
  static inline void (*leave_program)() noexcept = nullptr;
};

}  // namespace poolproof
