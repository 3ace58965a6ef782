// From the history of a failed execution to its trace: all that this room knows, in order.
#pragma once

#include <string>

#include "relacy/trace/trace.hpp"

namespace poolproof {

class Names;

// names: those of the execution. A history without any event gives the failure alone.
Trace make_trace(const History& history, const Names& names, const std::string& oracle,
                 const std::string& failure);

}  // namespace poolproof
