// What one event says in a line of the trace.
#pragma once

#include <string>

#include "trace.hpp"

namespace poolproof {

// "alloc: load head = index 2, nonce 7"; "CAS head: index 2 -> 1, nonce 7 -> 8 => block 2".
std::string event_words(const TraceEvent& event);
// "ABA", "STALE", ...; empty for most.
std::string mark_of(const TraceEvent& event);

}  // namespace poolproof
