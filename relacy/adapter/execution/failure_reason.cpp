#include "failure_reason.hpp"

#include <bit>
#include <string_view>

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

// "actor 0, at pool.hpp:17, and actor 1, at pool.hpp:17, wait for what nobody will change"
std::string in_vain(const Exploration& exploration) {
  std::string text;
  unsigned count = 0;
  for (unsigned actor = 0; actor != ModelTest::most_actors; ++actor) {
    if (!contains(exploration.waiters, actor)) continue;
    const std::source_location& where = exploration.waiting.where(actor + 1);
    const std::string_view path = where.file_name();
    const std::size_t slash = path.rfind('/');
    std::string place = exploration.test.waits_at(actor);
    if (place.empty()) {
      place = std::string(path.substr(slash == std::string_view::npos ? 0 : slash + 1)) + ':' +
              std::to_string(where.line());
    }
    text += (count++ == 0 ? "actor " : " and actor ") + std::to_string(actor) + " (" + place + ')';
  }
  return text + (count == 1 ? " waits" : " wait") + " for what nobody will change";
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
      if (exploration.turns.in_vain()) return {exploration.in_vain, in_vain(exploration)};
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
