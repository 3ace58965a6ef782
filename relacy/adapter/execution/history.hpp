// Reads what Relacy prints of an execution that it has recorded: its records can be printed, but
// not visited. Nothing outside this folder knows its words.
#pragma once

#include <string_view>

#include "relacy/engine/history.hpp"

namespace poolproof {

// The events of the last execution in text. Lines that are no events, such as those on yields, are
// left out; lines of an unknown kind are not.
History read_history(std::string_view text);

}  // namespace poolproof
