// StateWriter and StateReader: where a systematic search stands, as text that a later process can
// read.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace poolproof {

class StateWriter {
 public:
  void number(std::uint64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value, 36).ptr;
    text_.append(digits, end) += ' ';
  }
  void number(double value) { number(std::bit_cast<std::uint64_t>(value)); }

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

// Throws std::runtime_error where the text is not what a StateWriter has written.
class StateReader {
 public:
  explicit StateReader(std::string_view text) noexcept : left_(text) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(left_.data(), left_.data() + left_.size(), value, 36);
    const auto length = static_cast<std::size_t>(parsed.ptr - left_.data());
    if (parsed.ec != std::errc() || length == left_.size() || *parsed.ptr != ' ') {
      throw std::runtime_error("the state of a search is damaged");
    }
    left_.remove_prefix(length + 1);
    return value;
  }
  template <class T>
  T number() {
    const std::uint64_t value = number();
    if (!std::in_range<T>(value)) throw std::runtime_error("the state of a search is damaged");
    return static_cast<T>(value);
  }
  double real() { return std::bit_cast<double>(number()); }
  bool at_end() const noexcept { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace poolproof
