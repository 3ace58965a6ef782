#include "live_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "table.hpp"
#include "text.hpp"

namespace poolproof {

namespace {

constexpr double plain_interval = 10;  // seconds
constexpr const char* erase_line = "\r\x1b[K";

}  // namespace

LiveLine::LiveLine() : live_(isatty(STDERR_FILENO) != 0) {}

void LiveLine::start(const std::string& text) {
  next_plain_ = plain_interval;
  if (live_) update(text);
}

bool LiveLine::due(double seconds) {
  if (live_) return true;
  if (seconds < next_plain_) return false;
  next_plain_ += plain_interval;
  return true;
}

void LiveLine::update(const std::string& text) {
  // A line that wraps cannot be erased.
  print_error(live_ ? fmt::format("{}{}", erase_line, text.substr(0, columns_of(STDERR_FILENO) - 1))
                    : fmt::format("{}\n", text));
}

void LiveLine::finish(const std::string& text) {
  if (!live_) update(text);
}

void LiveLine::clear() {
  if (live_) print_error(erase_line);
}

}  // namespace poolproof
