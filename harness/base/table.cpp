#include "table.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "text.hpp"

namespace poolproof {

namespace {

constexpr std::size_t left_out = 0;  // the width of a column that is not shown
constexpr std::size_t least_width = 80;

std::size_t length(const std::vector<std::size_t>& widths) {
  const auto shown = static_cast<std::size_t>(
      std::count_if(widths.begin(), widths.end(), [](std::size_t w) { return w != left_out; }));
  return std::accumulate(widths.begin(), widths.end(), shown == 0 ? 0 : shown - 1);
}

}  // namespace

std::size_t columns_of(int descriptor) {
  winsize size{};
  if (isatty(descriptor) == 0 || ioctl(descriptor, TIOCGWINSZ, &size) != 0) return any_width;
  return size.ws_col == 0 ? any_width : size.ws_col;
}

std::size_t line_width() { return std::max(columns_of(STDOUT_FILENO), least_width); }

std::string fitted(std::string_view text, std::size_t width) {
  width = std::max(width, least_width / 2);
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const bool ends = line.size() != text.size();
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string margin(indent, ' ');
    bool first = true;
    for (const std::string& part :
         wrapped(line.substr(indent), width - std::min(indent, width / 2), 2)) {
      if (!first) out += '\n';
      out += margin + part;
      first = false;
    }
    if (ends) out += '\n';
    text.remove_prefix(line.size() + (ends ? 1 : 0));
  }
  return out;
}

std::vector<std::size_t> Table::widths(bool narrow) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i != columns_.size(); ++i) {
    std::size_t width = std::max(columns_[i].head.size(), narrow ? 1 : columns_[i].width);
    for (const std::vector<std::string>& row : rows_) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  return widths;
}

std::string Table::text(std::size_t width) const {
  std::vector<std::size_t> all = widths(false);
  if (length(all) > width) all = widths(true);
  while (length(all) > width) {
    std::size_t last = 0;
    for (std::size_t i = 0; i != columns_.size(); ++i) {
      if (all[i] != left_out && columns_[i].rank > columns_[last].rank) last = i;
    }
    if (columns_[last].rank == 0 || all[last] == left_out) break;
    all[last] = left_out;
  }
  std::string text;
  const auto add_line = [&](const auto& cell) {
    std::string line;
    for (std::size_t i = 0; i != columns_.size(); ++i) {
      if (all[i] == left_out) continue;
      if (!line.empty()) line += ' ';
      line += columns_[i].right ? fmt::format("{:>{}}", cell(i), all[i])
                                : fmt::format("{:<{}}", cell(i), all[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  };
  add_line([&](std::size_t i) -> const std::string& { return columns_[i].head; });
  for (const auto& row : rows_) {
    add_line([&](std::size_t i) -> const std::string& { return row[i]; });
  }
  return text;
}

}  // namespace poolproof
