// A table of text that fits into a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof {

// No limit on the length of a line.
constexpr std::size_t any_width = ~std::size_t{0};

// The columns of the terminal that is standard output, 80 at least; any_width if it is none.
std::size_t line_width();
// The same of the terminal at that descriptor, as wide as it is.
std::size_t columns_of(int descriptor);

// Breaks each line of the text that is longer than width, 40 at least, at spaces; what follows is
// indented.
std::string fitted(std::string_view text, std::size_t width);

class Table {
 public:
  struct Column {
    std::string head;
    std::size_t width = 0;  // at least, where there is room
    bool right = false;     // aligned so
    int rank = 0;  // 0: it stays; where there is too little room, the highest rank goes first
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // cells: one for each column.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // A line for the heads and one for each row, of at most width if what must stay allows it: first
  // columns get narrow, then those with a rank go.
  std::string text(std::size_t width = any_width) const;

 private:
  std::vector<std::size_t> widths(bool narrow) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace poolproof
