// The bodies of BuddyChunk that are for a chunk at rest, and for observers; included by
// buddy_chunk_impl.hpp.
#pragma once

#include "buddy_chunk.hpp"

namespace poolproof {

// The bits of a word that stand for what lies past the end of the chunk. A word that has some is
// never 0, so it has a hold of its own.
template <Backend B, unsigned WordOrder>
std::uint64_t BuddyChunk<B, WordOrder>::permanent(unsigned level, std::size_t i) const noexcept {
  if (level == 0) {
    const std::size_t left = geometry_.leaves - (i << WordOrder);
    return left >= Leaf::slots ? 0 : Leaf::all & ~((std::uint64_t{1} << left) - 1);
  }
  std::uint64_t node = 0;
  for (std::size_t child = i * 4; child != i * 4 + 4; ++child) {
    std::uint64_t value = 0;
    if (!real(level - 1, child)) {
      value = whole;
    } else if (permanent(level - 1, child) != 0) {
      value = 1;
    }
    node |= value << field_shift(child);
  }
  return node;
}

template <Backend B, unsigned WordOrder>
void BuddyChunk<B, WordOrder>::init() const noexcept {
  for (unsigned level = 0; level <= geometry_.top; ++level) {
    const BuddyGeometry::Level& its = geometry_.levels[level];
    for (std::size_t i = 0; i != its.words; ++i) {
      std::construct_at(words(level) + i, permanent(level, i));  // (6)
    }
    const unsigned most = (level == 0 ? Leaf::slot_order : Node::slot_order) + 1;
    for (std::size_t i = 0; i != its.hint_words; ++i) {
      const std::size_t left = its.words - i * 8;
      const std::uint64_t real = left >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << left * 8) - 1;
      std::construct_at(hints(level) + i, most * buddy_hints::lows & real);  // (6)
    }
  }
  std::uninitialized_default_construct_n(&order(0), geometry_.leaves);
}

template <Backend B, unsigned WordOrder>
void BuddyChunk<B, WordOrder>::destroy() const noexcept {
  if constexpr (!std::is_trivially_destructible_v<Word>) {
    for (unsigned level = 0; level <= geometry_.top; ++level) {
      std::destroy_n(words(level), geometry_.levels[level].words);
      std::destroy_n(hints(level), geometry_.levels[level].hint_words);
    }
  }
  if constexpr (!std::is_trivially_destructible_v<Order>) {
    std::destroy_n(&order(0), geometry_.leaves);
  }
}

template <Backend B, unsigned WordOrder>
std::size_t BuddyChunk<B, WordOrder>::used_leaves() const noexcept {
  std::size_t used = 0;
  for (std::size_t i = 0; i != geometry_.levels[0].words; ++i) {
    used += static_cast<std::size_t>(std::popcount(at_rest(0, i) & ~permanent(0, i)));
  }
  for (unsigned level = 1; level <= geometry_.top; ++level) {
    for (std::size_t child = 0; child != geometry_.levels[level - 1].words; ++child) {
      if (field(at_rest(level, child / 4), child) != whole) continue;
      used += std::size_t{1} << geometry_.slot_order(level);
    }
  }
  return used;
}

template <Backend B, unsigned WordOrder>
std::size_t BuddyChunk<B, WordOrder>::kept_leaves() const noexcept {
  std::size_t leaves = 0;
  for (std::size_t leaf = 0; leaf != geometry_.leaves; ++leaf) {
    const unsigned tag = order(leaf).get();
    if ((tag & kept) != 0) leaves += std::size_t{1} << ((tag & ~kept) - 1);
  }
  return leaves;
}

template <Backend B, unsigned WordOrder>
int BuddyChunk<B, WordOrder>::largest_free() const noexcept {
  const auto under_a_block = [this](unsigned level, std::size_t i) {
    for (; level != geometry_.top; i /= 4) {
      if (field(at_rest(++level, i / 4), i) == whole) return true;
    }
    return false;
  };
  int largest = -1;
  for (unsigned level = geometry_.top + 1; level-- != 0 && largest < 0;) {
    for (std::size_t i = 0; i != geometry_.levels[level].words; ++i) {
      const std::uint64_t now = at_rest(level, i);
      const auto run = static_cast<int>(level == 0 ? Leaf::largest(now) : Node::largest(now)) - 1;
      if (run < (level == 0 ? 0 : 1) || (now == 0 && under_a_block(level, i))) continue;
      largest = std::max(largest, run + static_cast<int>(geometry_.slot_order(level)));
    }
  }
  return std::min(largest, static_cast<int>(geometry_.largest_order));
}

template <Backend B, unsigned WordOrder>
const char* BuddyChunk<B, WordOrder>::block_violation(const Place& place) const noexcept {
  const std::uint64_t mask =
      place.level == 0 ? Leaf::mask(place.run, place.bit) : Node::mask(place.run, place.bit);
  if ((at_rest(place.level, place.word) & mask) != mask) return "a block in use has a free part";
  for (std::size_t level = place.level, i = place.word; level++ != geometry_.top; i /= 4) {
    if (field(at_rest(static_cast<unsigned>(level), i / 4), i) == whole) {
      return "a block in use lies within another one";
    }
  }
  return nullptr;
}

// Orders and bits agree; counts the fields that are whole, for each level.
template <Backend B, unsigned WordOrder>
const char* BuddyChunk<B, WordOrder>::leaves_violation(
    std::size_t (&whole_fields)[BuddyGeometry::most_levels]) const noexcept {
  std::size_t block_end = 0;
  bool small = false;  // the block before block_end is in a word of level 0
  for (std::size_t leaf = 0; leaf != geometry_.leaves; ++leaf) {
    const unsigned tag = order(leaf).get() & ~kept;
    const bool bit = (at_rest(0, leaf >> WordOrder) >> leaf % Leaf::slots & 1) != 0;
    if (leaf < block_end) {
      if (tag != 0) return "a block in use begins within another one";
      if (bit != small) return "a leaf of a block in use has the wrong bit";
      continue;
    }
    if (bit && tag == 0) return "a leaf is used, but no block has it";
    if (tag == 0) continue;
    const std::size_t size = std::size_t{1} << (tag - 1);
    if (tag - 1 > geometry_.largest_order) return "a block is larger than the largest order";
    if (leaf % size != 0) return "a block is not aligned to its size";
    if (size > geometry_.leaves - leaf) return "a block goes past the end of its chunk";
    const Place place = place_of(leaf, tag - 1);
    if (const char* what = block_violation(place); what != nullptr) return what;
    if (place.level != 0) whole_fields[place.level] += std::size_t{1} << place.run;
    small = place.level == 0;
    block_end = leaf + size;
  }
  return nullptr;
}

template <Backend B, unsigned WordOrder>
const char* BuddyChunk<B, WordOrder>::nodes_violation(unsigned level,
                                                      std::size_t whole_fields) const noexcept {
  std::size_t found = 0;
  for (std::size_t child = 0; child != geometry_.levels[level].words * 4; ++child) {
    const std::uint64_t value = field(at_rest(level, child / 4), child);
    if (!real(level - 1, child)) {
      if (value != whole) return "what lies past the end of a chunk is not taken";
      continue;
    }
    if (value == whole) ++found;
    const bool busy = at_rest(level - 1, child) != 0;
    if (busy && value != 1) return "a word that is in use has not one hold";
    if (!busy && value != 0 && value != whole) return "a word that is free has a hold";
  }
  return found == whole_fields ? nullptr : "a part of a node is taken, but no block has it";
}

template <Backend B, unsigned WordOrder>
const char* BuddyChunk<B, WordOrder>::violation() const noexcept {
  std::size_t whole_fields[BuddyGeometry::most_levels] = {};
  if (const char* what = leaves_violation(whole_fields); what != nullptr) return what;
  for (std::size_t i = 0; i != geometry_.levels[0].words; ++i) {
    const std::uint64_t past = permanent(0, i);
    if ((at_rest(0, i) & past) != past) return "what lies past the end of a chunk is free";
  }
  for (unsigned level = 1; level <= geometry_.top; ++level) {
    if (const char* what = nodes_violation(level, whole_fields[level]); what != nullptr)
      return what;
  }
  return nullptr;
}

}  // namespace poolproof
