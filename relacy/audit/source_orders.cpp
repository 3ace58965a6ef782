#include "source_orders.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace poolproof {

namespace {

constexpr std::string_view operations[] = {"load",
                                           "store",
                                           "exchange",
                                           "fetch_add",
                                           "fetch_sub",
                                           "fetch_or",
                                           "fetch_and",
                                           "fetch_xor",
                                           "compare_exchange_weak",
                                           "compare_exchange_strong"};

bool in_name(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Returns the text with blanks in place of comments and literals, so that columns stay the same.
std::string code_of(std::string_view text) {
  std::string code(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (; from < std::min(to, code.size()); ++from) {
      if (code[from] != '\n') code[from] = ' ';
    }
  };
  for (std::size_t at = 0; at < code.size(); ++at) {
    std::size_t end = at;
    if (text.substr(at).starts_with("//")) {
      end = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at).starts_with("/*")) {
      end = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
    } else if (text[at] == '"' || (text[at] == '\'' && (at == 0 || !in_name(text[at - 1])))) {
      for (end = at + 1; end < text.size() && text[end] != text[at]; ++end) {
        if (text[end] == '\\') ++end;
      }
      ++end;
    } else {
      continue;
    }
    blank(at, end);
    at = end - 1;
  }
  return code;
}

class Reader {
 public:
  Reader(std::string_view file, std::string_view text)
      : file_(file), text_(text), code_(code_of(text)) {}

  std::vector<SourceOrder> read() {
    for (std::size_t at = 0; at < code_.size(); ++at) {
      if (!is_member(at)) continue;
      for (const std::string_view operation : operations) {
        const std::size_t end = at + operation.size();
        if (code_.compare(at, operation.size(), operation) == 0 && code_[end] == '(') {
          add_call(operation, end);
        }
      }
    }
    return std::move(orders_);
  }

 private:
  // Does a name begin here, behind . or ->?
  bool is_member(std::size_t at) const {
    return at != 0 && in_name(code_[at]) &&
           (code_[at - 1] == '.' || (at > 1 && code_[at - 1] == '>' && code_[at - 2] == '-'));
  }

  // open: the opening parenthesis of the call.
  void add_call(std::string_view operation, std::size_t open) {
    constexpr std::string_view prefix = "memory_order_";
    std::vector<std::memory_order> orders;
    std::size_t close = open + 1;
    for (unsigned depth = 1; close < code_.size(); ++close) {
      if (code_[close] == '(') ++depth;
      if (code_[close] == ')' && --depth == 0) break;
      if (depth != 1 || code_.compare(close, prefix.size(), prefix) != 0) continue;
      const std::size_t name = close + prefix.size();
      std::size_t end = name;
      while (end < code_.size() && in_name(code_[end])) ++end;
      if (const auto order = order_named(std::string_view(code_).substr(name, end - name))) {
        orders.push_back(*order);
      }
    }
    const bool cas = operation.starts_with("compare");
    if (close == code_.size()) return;  // the text is cut off
    for (std::size_t i = 0; i != (cas ? 2 : 1); ++i) {
      SourceOrder order;
      order.spelt_out = i < orders.size();
      order.place = place_of(open);
      order.place.on_failure = i == 1;
      order.operation = !cas ? operation : i == 0 ? "CAS" : "CAS failure";
      if (order.spelt_out) order.written = orders[i];
      order.number = number_behind(open, close);
      orders_.push_back(std::move(order));
    }
  }

  OrderPlace place_of(std::size_t at) const {
    const std::size_t start = at == 0 ? 0 : code_.rfind('\n', at - 1) + 1;
    OrderPlace place;
    place.file = file_;
    place.line = 1 + static_cast<std::uint32_t>(std::count(
                         code_.begin(), code_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    place.column = static_cast<std::uint32_t>(at - start) + 1;
    return place;
  }

  // Returns the 3 of "// (3)" in a comment on a line of the call.
  std::string number_behind(std::size_t open, std::size_t close) const {
    const std::size_t end = std::min(text_.find('\n', close), text_.size());
    const std::string_view mark = "// (";
    const std::size_t found = text_.find(mark, open);
    if (found >= end) return {};
    const std::size_t number = found + mark.size();
    const std::size_t last = text_.find(')', number);
    return last < end ? std::string(text_.substr(number, last - number)) : std::string();
  }

  const std::string_view file_;
  const std::string_view text_;
  const std::string code_;
  std::vector<SourceOrder> orders_;
};

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line;
}

}  // namespace

std::vector<SourceOrder> read_orders(std::string_view file, std::string_view text) {
  return Reader(file, text).read();
}

std::map<std::string, std::string> read_paragraphs(std::string_view text) {
  std::map<std::string, std::string> paragraphs;
  std::string* current = nullptr;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with("//  ")) {
      current = nullptr;
      continue;
    }
    const std::size_t indent = line.find_first_not_of(' ', 2) - 2;
    line = trimmed(line.substr(2));
    // A number that is indented deeper belongs to the text of another paragraph.
    const std::size_t close = line.find(')');
    if (indent <= 4 && line.front() == '(' && close <= 5) {
      current = &paragraphs[std::string(line.substr(1, close - 1))];
      line = trimmed(line.substr(close + 1));
    }
    if (current == nullptr) continue;
    if (!current->empty()) *current += ' ';
    *current += line;
  }
  return paragraphs;
}

std::string kept_because(const std::string& paragraph) {
  constexpr std::string_view mark = "Kept:";
  const std::size_t at = paragraph.find(mark);
  if (at == std::string::npos) return {};
  return std::string(trimmed(std::string_view(paragraph).substr(at + mark.size())));
}

}  // namespace poolproof
