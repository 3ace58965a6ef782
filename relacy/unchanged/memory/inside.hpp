// Inside and outside: does code of the program run, as an actor of an execution? What the program
// calls by the names of the compiler or of libc acts as the model says while it is inside, and as
// it always does while it is not. Our own code is never inside.
#pragma once

namespace poolproof {

inline bool inside = false;

// Around all that is done for the program, which is inside.
class Outside {
 public:
  Outside() noexcept { inside = false; }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  ~Outside() { inside = true; }
};

}  // namespace poolproof
