// Replay: one execution again, now with its trace.
#pragma once

#include "harness/check/model_check.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/trace/trace.hpp"
#include "token.hpp"

namespace poolproof {

struct Replay {
  // changed: it does not fit; lost: somebody else ended the process
  enum class Outcome : std::uint8_t { failed, passed, changed, lost };

  Outcome outcome = Outcome::failed;
  CheckFailure failure;  // oracle, message, scope, preemptions, events and traces; where lost, the
                         // message alone
};

// Runs the execution in a child process.
Replay replay(const Token& token, const MakeModel& make, const TraceLook& look = {});

}  // namespace poolproof
