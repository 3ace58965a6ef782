// BuddyGeometry: what lies where in a chunk of a buddy allocator. First the leaves, from an address
// that is aligned to the largest order; then the words of each level, their hints, and the order of
// the block that begins at each leaf.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "../../sizes.hpp"

namespace poolproof {

// Sizes in bytes of what the backend makes a word and an order of.
struct BuddySizes {
  std::size_t word, word_alignment, order, order_alignment;
  unsigned word_order;  // a word of level 0 has 2^word_order leaves
};

struct BuddyGeometry {
  static constexpr unsigned most_levels = 24;
  static constexpr unsigned most_orders = 40;
  static constexpr std::size_t hints_in_word = 8;
  // With no more words, a level has no hints; where words are small, for experiments, two are many.
  static constexpr std::size_t few_words(unsigned word_order) noexcept {
    return word_order < 6 ? 1 : 8;
  }

  struct Level {
    std::size_t words = 0;
    std::size_t words_offset = 0;
    std::size_t hint_words = 0;
    std::size_t hints_offset = 0;
  };

  // chunk_bytes is size_overflow when it does not fit.
  static constexpr BuddyGeometry of(const BuddySizes& sizes, std::size_t leaves,
                                    std::size_t leaf_size, unsigned largest_order) noexcept {
    BuddyGeometry g;
    g.leaves = leaves;
    g.leaf_shift = static_cast<unsigned>(std::countr_zero(leaf_size));
    g.word_order = sizes.word_order;
    g.largest_order = largest_order;
    g.top = level_of(std::min(largest_order, static_cast<unsigned>(std::bit_width(leaves)) - 1),
                     sizes.word_order);
    std::size_t end = align_up(size_mul(leaves, leaf_size), sizes.word_alignment);
    std::size_t words = ((leaves - 1) >> sizes.word_order) + 1;
    for (unsigned level = 0; level <= g.top; ++level, words = (words - 1) / 4 + 1) {
      Level& its = g.levels[level];
      its.words = words;
      its.words_offset = end;
      end = size_add(end, size_mul(words, sizes.word));
      its.hints_offset = end;
      its.hint_words = words <= few_words(sizes.word_order) ? 0 : (words - 1) / hints_in_word + 1;
      end = size_add(end, size_mul(its.hint_words, sizes.word));
    }
    g.orders_offset = align_up(end, sizes.order_alignment);
    g.chunk_bytes = size_add(g.orders_offset, size_mul(leaves, sizes.order));
    return g;
  }

  // The level in whose words blocks of this order are taken.
  static constexpr unsigned level_of(unsigned order, unsigned word_order) noexcept {
    return order <= word_order ? 0 : (order - word_order + 1) / 2;
  }
  constexpr unsigned level_of(unsigned order) const noexcept { return level_of(order, word_order); }
  // The order of one slot of a word of this level.
  constexpr unsigned slot_order(unsigned level) const noexcept {
    return level == 0 ? 0 : word_order + 2 * (level - 1);
  }
  constexpr std::size_t leaf_size() const noexcept { return std::size_t{1} << leaf_shift; }
  constexpr std::size_t leaves_bytes() const noexcept { return leaves << leaf_shift; }
  constexpr std::size_t alignment() const noexcept {
    return std::size_t{1} << (leaf_shift + largest_order);
  }

  std::array<Level, most_levels> levels{};
  std::size_t leaves = 0;
  std::size_t orders_offset = 0;
  std::size_t chunk_bytes = 0;
  unsigned leaf_shift = 0;
  unsigned largest_order = 0;  // as asked for
  unsigned word_order = 0;
  unsigned top = 0;  // the highest level
};

}  // namespace poolproof
