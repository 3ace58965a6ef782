// Small things of the command line: durations, counts and names, parsed and printed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "time.hpp"

namespace poolproof {

// "500ms", "10s", "2m", "1h", "1.5s"; nothing else, and nothing below 1 ms or above 1000 h.
std::optional<Nanoseconds> parse_duration(std::string_view text);
// The shortest of these that says the same: "500ms", "90s", "2m".
std::string format_duration(Nanoseconds duration);

// "off", "light" (1/64), "heavy" (1/8) or "1/N" with N from 1 to 1,000,000: one delay in so many;
// 0 for off.
std::optional<std::uint32_t> parse_chaos(std::string_view text);
std::string format_chaos(std::uint32_t one_in);

// "1234", "56.7 k", "8.90 M", "1.23 G": never more than seven characters.
std::string format_count(double count);

// What this program is called, for the commands that it prints: "poolproof" until it is set, to the
// last part of argv[0] without "-relacy". Set it before there are other threads.
const std::string& program_name();
void set_program_name(std::string_view argv0);
// text speaks of this program as poolproof, as in "'poolproof list' shows which"; now by its name.
std::string with_program_name(std::string text);

// Writes to standard error. A full or closed one loses the text and nothing else.
void print_error(const std::string& text);

// text with control characters replaced, so that it stays on one line.
std::string one_line(std::string text);

// The text in lines of at most width, broken at spaces where there are any. Those that follow the
// first are indented.
std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent = 0);

// Of names, those nearest to name by edit distance, at most three, the nearest first; none that
// would need more changes than half of name's length.
std::string nearest_names(std::string_view name, std::span<const std::string_view> names);

}  // namespace poolproof
