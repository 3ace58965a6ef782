#include "failure_reason.hpp"

#include <bit>

namespace poolproof {

namespace {

// Of a failure while an actor was stopped.
std::string no_progress(const StoppedActor& stopped, unsigned depth) {
  const std::string who = "actor " + std::to_string(stopped.actor);
  if (stopped.waiting == 0) {
    return who + " is stopped, and the others come to no end within " + std::to_string(depth) +
           " steps";
  }
  std::string text;
  for (unsigned actor = 0; actor != ModelTest::most_actors; ++actor) {
    if (!contains(stopped.waiting, actor)) continue;
    text += (text.empty() ? "actor " : " and actor ") + std::to_string(actor);
  }
  return text + (std::has_single_bit(stopped.waiting) ? " waits for " : " wait for ") + who +
         ", which is stopped";
}

}  // namespace

FailureReason failure_reason(rl::test_result_e result, const Exploration& exploration) {
  const unsigned depth = exploration.limits.depth;
  const bool stands = result == rl::test_result_livelock || result == rl::test_result_deadlock;
  if (stands && exploration.stopped.now()) {
    return {"progress", no_progress(exploration.stopped, depth)};
  }
  switch (result) {
    case rl::test_result_user_assert_failed:
      return {exploration.oracle, exploration.message};
    case rl::test_result_data_race:
      return {"race", "two actors access a variable, one of them writes, and nothing orders them"};
    case rl::test_result_livelock:
      return {"livelock", "there is no end after " + std::to_string(depth) + " steps"};
    case rl::test_result_deadlock:
      return {"deadlock", "every actor that is not done waits for another"};
    case rl::test_result_memory_leak:
    case rl::test_result_resource_leak:
      return {"leak", "an object of the allocator was not destroyed"};
    case rl::test_result_unitialized_access:
      return {"uninitialized", "a variable is read that was never written"};
    default:
      return {"misuse", rl::test_result_str(result)};
  }
}

}  // namespace poolproof
