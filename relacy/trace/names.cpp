#include "names.hpp"

#include <charconv>

namespace poolproof {

namespace {

std::uintptr_t address(const void* pointer) noexcept {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

bool ends_pointer(char c) noexcept { return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')); }

}  // namespace

std::uint64_t Names::number(std::string_view text) noexcept {
  if (text.starts_with('-')) return -number(text.substr(1));
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

void Names::blocks(const void* start, std::size_t count, std::size_t size,
                   std::size_t first) noexcept {
  if (ranges_size_ != most_ranges) ranges_[ranges_size_++] = {start, count, size, first};
}

const Names::Variable* Names::find(const void* address) const noexcept {
  for (unsigned i = 0; i != size_; ++i) {
    if (variables_[i].address == address) return &variables_[i];
  }
  return nullptr;
}

std::string Names::name(const void* address) const {
  const Variable* variable = find(address);
  if (variable == nullptr) {
    const auto number = block(address);
    return number ? "inside[" + std::to_string(*number) + ']' : std::string();
  }
  if (variable->index < 0) return variable->name;
  return std::string(variable->name) + '[' + std::to_string(variable->index) + ']';
}

std::optional<unsigned> Names::block(const void* pointer) const noexcept {
  for (unsigned i = 0; i != ranges_size_; ++i) {
    const Range& range = ranges_[i];
    const std::size_t offset = address(pointer) - address(range.start);
    if (offset < range.count * range.size) {
      return static_cast<unsigned>(range.first + offset / range.size);
    }
  }
  return std::nullopt;
}

std::string Names::pointer_text(std::uint64_t pointer) const {
  if (pointer == 0) return "none";
  if (const auto number = block(reinterpret_cast<const void*>(pointer))) {
    return "block " + std::to_string(*number);
  }
  for (unsigned i = 0; i != ranges_size_; ++i) {
    if (pointer == address(ranges_[i].start) + ranges_[i].count * ranges_[i].size) return "end";
  }
  return somewhere;
}

Fields Names::decode(const void* address, const std::string& value) const {
  const Variable* variable = find(address);
  const std::uint64_t word = number(value);
  if (variable != nullptr) {
    if (const auto* decoder = std::get_if<Decoder>(&variable->reading)) {
      return decoder->fields(word);
    }
    if (std::holds_alternative<Pointer>(variable->reading)) return {{"", pointer_text(word)}};
  }
  return {{"", value.starts_with("0x") ? pointer_text(word) : value}};
}

std::string Names::with_blocks(std::string_view text) const {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t found = text.find("0x", at);
    result += text.substr(at, found - at);
    if (found == std::string_view::npos) break;
    std::size_t end = found + 2;
    while (end != text.size() && !ends_pointer(text[end])) ++end;
    result += pointer_text(number(text.substr(found, end - found)));
    at = end;
  }
  return result;
}

}  // namespace poolproof
