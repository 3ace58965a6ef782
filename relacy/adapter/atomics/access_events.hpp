// Lines of Relacy's history for accesses to atomics, as history.cpp reads them: Relacy's own, and
// whether the store that was read or made is the newest.
#pragma once

#include <ostream>

#include "relacy/adapter/relacy_context.hpp"
// After it.
#include <relacy/atomic_events.hpp>

namespace poolproof {

template <class Event>
struct AccessEvent : Event {
  bool newest = true;

  void output(std::ostream& out) const {
    Event::output(out);
    if (!newest) out << " [NOT CURRENT]";
  }
};

// Only for executions whose history is collected.
template <class Event>
void log_access(const rl::debug_info& where, const Event& event, bool newest = true) {
  rl::ctx().exec_log(where, AccessEvent<Event>{event, newest});
}

}  // namespace poolproof
