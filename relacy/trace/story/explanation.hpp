// What went wrong, in a sentence that names actors and events.
#pragma once

#include <string>

#include "draft.hpp"

namespace poolproof {

// draft: marked and numbered, the failure last.
std::string tell(const Draft& draft, const Trace& trace);

}  // namespace poolproof
