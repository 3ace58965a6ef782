// How tools see the variables of a buddy allocator; included by buddy_pool_impl.hpp.
#pragma once

#include "buddy_pool.hpp"

namespace poolproof {

namespace detail {
// How tools read a word of leaves, and a node.
struct BuddyLeaves {
  unsigned leaves;
  template <class Sink>
  void operator()(std::uint64_t word, Sink& field) const {
    char text[65] = {};
    for (unsigned i = 0; i != leaves; ++i) text[i] = (word >> i & 1) != 0 ? '#' : '.';
    field("leaves", static_cast<const char*>(text));
  }
};
struct BuddyFields {
  template <class Sink>
  void operator()(std::uint64_t node, Sink& field) const {
    static constexpr const char* names[] = {"holds 0", "holds 1", "holds 2", "holds 3"};
    for (unsigned i = 0; i != 4; ++i) {
      const auto holds = static_cast<unsigned>(node >> 16 * i & 0xffff);
      if (holds == 0xffff) {
        field(names[i], "whole");
      } else {
        field(names[i], holds);
      }
    }
  }
};
// The variable in an atomic of Unshared.
template <class Atomic>
const auto& shown(const Atomic& atomic) noexcept {
  if constexpr (requires { atomic.variable(); }) {
    return atomic.variable();
  } else {
    return atomic;
  }
}
}  // namespace detail

template <Backend B, unsigned WordOrder>
template <class Visitor>
void BuddyChunk<B, WordOrder>::describe(Visitor& visit, std::size_t number) const {
  using detail::shown;
  visit.blocks(start_, geometry_.leaves, geometry_.leaf_size(), number * geometry_.leaves);
  for (std::size_t i = 0; i != geometry_.levels[0].words; ++i) {
    visit("word", number * geometry_.levels[0].words + i, shown(words(0)[i]),
          detail::BuddyLeaves{Leaf::slots});
  }
  static constexpr const char* node_names[] = {"", "node", "upper_node", "third_node"};
  for (unsigned level = 1; level <= geometry_.top; ++level) {
    const std::size_t count = geometry_.levels[level].words;
    for (std::size_t i = 0; i != count; ++i) {
      visit(node_names[std::min(level, 3U)], number * count + i, shown(words(level)[i]),
            detail::BuddyFields{});
    }
  }
  for (unsigned level = 0; level <= geometry_.top; ++level) {
    for (std::size_t i = 0; i != geometry_.levels[level].hint_words; ++i) {
      visit.bookkeeping("hint", i, shown(hints(level)[i]));
    }
  }
  for (std::size_t leaf = 0; leaf != geometry_.leaves; ++leaf) {
    visit.bookkeeping("order", number * geometry_.leaves + leaf, order(leaf));
  }
}

template <Backend B, unsigned WordOrder>
template <class Visitor>
void BuddyPool<B, WordOrder>::describe(Visitor&& visit) const {
  visit("chunks", detail::shown(count_));
  visit.bookkeeping("current", detail::shown(current_));
  if (base_ != nullptr) visit("growth", growth_);
  for (std::size_t n = 0; n < 32; ++n) {
    const unsigned level = n == 0 ? 0 : level_of(n);
    if (n != 0 && std::has_single_bit(n)) visit.bookkeeping("level", level, levels_[level]);
    const Entry* entries = n == 0 ? &first_ : visit.peek(levels_[level]);
    if (entries == nullptr) return;
    const Entry& its_entry = entries[n == 0 ? 0 : n - (std::size_t{1} << level)];
    visit.bookkeeping("chunk", n, its_entry);
    std::byte* its_start = visit.peek(its_entry);
    if (its_start == nullptr) return;
    Chunk(its_start, geometry_).describe(visit, n);
  }
}

}  // namespace poolproof
