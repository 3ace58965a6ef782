#include "output.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace poolproof {

namespace {

// The length of the sequence that sets a colour at the start of text; 0: there is none.
std::size_t colour_at(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

bool is_control(unsigned char c) { return c < ' ' || c == 127; }
// U+0080 to U+009F, which terminals obey as well.
bool is_control_of_two(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
}

}  // namespace

void print_result(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string printable(std::string_view text, bool coloured) {
  std::string shown;
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    std::size_t length = 1;
    if (const std::size_t colour = coloured ? colour_at(text) : 0) {
      length = colour;
      shown += text.substr(0, length);
    } else if (is_control_of_two(text)) {
      length = 2;
      shown += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
    } else if (is_control(c) && c != '\n') {
      shown += fmt::format("\\x{:02x}", c);
    } else {
      shown += text[0];
    }
    text.remove_prefix(length);
  }
  return shown;
}

}  // namespace poolproof
