// What went wrong, in a sentence that names actors and events.
#pragma once

#include <string>

#include "trace_parse.hpp"

namespace poolproof {

// history: marked and numbered, the failure last.
std::string tell(const History& history, const Trace& trace);

}  // namespace poolproof
