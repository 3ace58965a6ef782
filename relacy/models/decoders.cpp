#include "decoders.hpp"

#include <string>

namespace poolproof {

namespace {

std::string index_text(std::uint64_t index, std::uint64_t none) {
  return index == none ? "none" : std::to_string(index);
}

}  // namespace

void decode(const NoncedIndex& layout, std::uint64_t word, FieldSink& field) {
  field("index", index_text(layout.index(word), layout.index(layout.empty())));
  if (layout.nonce_bits() != 0) field("nonce", layout.nonce(word));
}

void decode(const TwoListWord& layout, std::uint64_t word, FieldSink& field) {
  const std::uint64_t none = layout.active(layout.empty());
  field("active", index_text(layout.active(word), none));
  field("limbo", index_text(layout.limbo(word), none));
  field("poppers", layout.poppers(word));
}

void decode(const LinkLayout& layout, std::uint64_t link, FieldSink& field) {
  field("index", index_text(link >> layout.flag_bits, layout.none));
  // There is one flag so far.
  if (layout.flag_bits != 0) field("", (link & 1) != 0 ? "claimed" : "");
}

void decode(const FreshLayout&, std::uint64_t fresh, FieldSink& field) {
  field("next", FreshLayout::next(fresh));
  field("end", FreshLayout::end(fresh));
}

void decode(const BitmapWord& layout, std::uint64_t word, FieldSink& field) {
  std::string bits;
  for (unsigned n = layout.blocks; n-- != 0;) bits += (word >> n & 1) != 0 ? '1' : '0';
  field("free", bits);
  field("frees", word >> 38);
}

void decode(const BlockState&, std::uint64_t word, FieldSink& field) {
  field("", (word & 1) != 0 ? "free" : "used");
  field("changes", word);
}

}  // namespace poolproof
