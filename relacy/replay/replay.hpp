// Replay: one execution again, now with its trace.
#pragma once

#include "harness/check/model_check.hpp"
#include "relacy/models/model_subjects.hpp"
#include "token.hpp"

namespace poolproof {

struct Replay {
  enum class Outcome : std::uint8_t { failed, passed, changed };  // changed: it does not fit

  Outcome outcome = Outcome::failed;
  CheckFailure failure;  // oracle, message, scope, preemptions, events and traces
};

// Runs the execution in a child process.
Replay replay(const Token& token, const MakeModel& make, bool colour);

}  // namespace poolproof
