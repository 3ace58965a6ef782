// Results on standard output, and texts of others made fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace poolproof {

// Writes to standard output. An error stays on the stream, where program_main finds it.
void print_result(std::string_view text);

// Shows each control character as an escape sequence of C, except for line feeds, and, if coloured,
// except for sequences that set a colour. For texts that the code under test has a part in.
std::string printable(std::string_view text, bool coloured = false);

}  // namespace poolproof
