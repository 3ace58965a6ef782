// Durations, counts and names of the command line, parsed and printed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "time.hpp"

namespace poolproof {

// Accepts "500ms", "10s", "2m", "1h", "1.5s", from 1 ms to 1000 h. Returns nothing for any other
// text.
std::optional<Nanoseconds> parse_duration(std::string_view text);
// Returns the shortest text for the duration: "500ms", "90s", "2m".
std::string format_duration(Nanoseconds duration);

// Accepts "off", "light" (1/64), "heavy" (1/8) and "1/N" with N from 1 to 1,000,000. Returns N, and
// 0 for off.
std::optional<std::uint32_t> parse_chaos(std::string_view text);
std::string format_chaos(std::uint32_t one_in);

// "1234", "56.7 k", "8.90 M", "1.23 G": at most seven characters.
std::string format_count(double count);

// The name of this program in the commands that it prints: the last part of argv[0] without
// "-relacy", and "poolproof" until it is set. Set it before there are other threads.
const std::string& program_name();
void set_program_name(std::string_view argv0);
// Puts this program's name in the place of poolproof, as in "'poolproof list' shows which".
std::string with_program_name(std::string text);

// Writes to standard error. If that is full or closed, the text is lost and nothing else happens.
void print_error(const std::string& text);

// Replaces control characters, so that the text stays on one line.
std::string one_line(std::string text);

// Breaks the text into lines of at most width characters, at spaces if it can. All lines but the
// first are indented.
std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent = 0);

// Returns at most three of names, the nearest to name by edit distance first. It leaves out names
// that need more changes than half of name's length.
std::string nearest_names(std::string_view name, std::span<const std::string_view> names);

}  // namespace poolproof
