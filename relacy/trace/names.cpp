#include "names.hpp"

#include <charconv>

#include "allocators/sizes.hpp"

namespace poolproof {

namespace {

std::uint64_t to_number(std::string_view text) noexcept {
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

std::string index_text(std::uint64_t index, std::uint64_t none) {
  return index == none ? "none" : std::to_string(index);
}

Fields decode_head(const NoncedIndex& layout, std::uint64_t word) {
  const std::string index = index_text(layout.index(word), layout.index(layout.empty()));
  Fields fields = {{"index", index}};
  if (layout.nonce_bits() != 0) fields.push_back({"nonce", std::to_string(layout.nonce(word))});
  return fields;
}

Fields decode_word(const TwoListWord& layout, std::uint64_t word) {
  const std::uint64_t none = layout.active(layout.empty());
  return {{"active", index_text(layout.active(word), none)},
          {"limbo", index_text(layout.limbo(word), none)},
          {"poppers", std::to_string(layout.poppers(word))}};
}

Fields decode_link(const LinkLayout& layout, std::uint64_t link) {
  Fields fields = {{"index", index_text(link >> layout.flag_bits, layout.none)}};
  // There is one flag so far.
  if (layout.flag_bits != 0) fields.push_back({"", (link & 1) != 0 ? "claimed" : ""});
  return fields;
}

bool ends_pointer(char c) noexcept { return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')); }

}  // namespace

std::string fields_text(const Fields& fields) {
  if (!fields.empty() && fields[0].value == "none" &&
      (fields.size() == 1 || fields[1].name.empty())) {
    return fields.size() == 1 || fields[1].value.empty() ? "none" : "none, " + fields[1].value;
  }
  std::string text;
  for (const Field& field : fields) {
    if (field.value.empty()) continue;
    if (!text.empty()) text += ", ";
    text += field.name.empty() ? field.value : field.name + ' ' + field.value;
  }
  return text;
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
  const std::uint64_t number = to_number(value);
  if (variable == nullptr || std::holds_alternative<Number>(variable->layout)) {
    return {{"", value.starts_with("0x") ? pointer_text(number) : value}};
  }
  if (std::holds_alternative<Pointer>(variable->layout)) return {{"", pointer_text(number)}};
  if (const auto* head = std::get_if<NoncedIndex>(&variable->layout)) {
    return decode_head(*head, number);
  }
  if (const auto* word = std::get_if<TwoListWord>(&variable->layout)) {
    return decode_word(*word, number);
  }
  if (const auto* link = std::get_if<LinkLayout>(&variable->layout)) {
    return decode_link(*link, number);
  }
  return {{"next", std::to_string(FreshLayout::next(number))},
          {"end", std::to_string(FreshLayout::end(number))}};
}

std::string Names::with_blocks(std::string_view text) const {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t found = text.find("0x", at);
    result += text.substr(at, found - at);
    if (found == std::string_view::npos) break;
    std::size_t end = found + 2;
    while (end != text.size() && !ends_pointer(text[end])) ++end;
    result += pointer_text(to_number(text.substr(found, end - found)));
    at = end;
  }
  return result;
}

}  // namespace poolproof
