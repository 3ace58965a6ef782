// The words of a buddy allocator, and what is looked for in them: pure functions.
//
// A word has 2^SlotOrder slots of Width bits; a slot is free if its bits are 0. A run of order k is
// an aligned group of 2^k free slots, named by its first bit. Leaves have one bit each (LeafWord);
// nodes, which stand above them, have four slots of 16 bits (NodeWord).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace poolproof {

template <unsigned Width, unsigned SlotOrder>
struct BuddyWord {
  using Word = std::uint64_t;
  static constexpr unsigned width = Width;
  static constexpr unsigned slot_order = SlotOrder;
  static constexpr unsigned slots = 1U << SlotOrder;
  static constexpr unsigned no_bit = 64;
  static_assert(Width * slots <= 64);

  // The bits of a run of order k that begins at bit.
  static constexpr Word mask(unsigned k, unsigned bit) noexcept { return ones(Width << k) << bit; }
  static constexpr Word all =
      (Width << SlotOrder) >= 64 ? ~Word{0} : (Word{1} << (Width << SlotOrder)) - 1;

  // The first bits of the free slots.
  static constexpr Word free_slots(Word word) noexcept {
    for (unsigned i = 1; i < Width; i *= 2) word |= word >> i;
    return ~word & starts[0];
  }
  // Returns the runs of order k among those of order k - 1.
  static constexpr Word pairs(Word runs, unsigned k) noexcept {
    return runs & (runs >> (Width << (k - 1))) & starts[k];
  }
  static constexpr Word runs(Word word, unsigned k) noexcept {
    Word found = free_slots(word);
    for (unsigned i = 1; i <= k; ++i) found = pairs(found, i);
    return found;
  }

  // A run of order k, out of the smallest free block that has one; no_bit if there is none.
  static constexpr unsigned pick(Word word, unsigned k) noexcept {
    Word found = runs(word, k);
    if (found == 0) return no_bit;
    for (unsigned i = k; i != SlotOrder; ++i) {
      const Word larger = pairs(found, i + 1);
      const Word alone = found & ~(larger | (larger << (Width << i)));
      if (alone != 0) return static_cast<unsigned>(std::countr_zero(alone));
      found = larger;
    }
    return 0;
  }

  // 1 + the largest order of a run; 0 if no slot is free.
  static constexpr unsigned largest(Word word) noexcept {
    Word found = free_slots(word);
    unsigned k = 0;
    for (; found != 0 && k != SlotOrder; ++k) {
      const Word larger = pairs(found, k + 1);
      if (larger == 0) break;
      found = larger;
    }
    return found == 0 ? 0 : k + 1;
  }
  // 1 + the order of the free block around the free run of order k at bit.
  static constexpr unsigned merged(Word word, unsigned k, unsigned bit) noexcept {
    for (; k != SlotOrder; ++k) {
      bit &= ~((Width << (k + 1)) - 1);
      if ((word & mask(k + 1, bit)) != 0) break;
    }
    return k + 1;
  }

 private:
  static constexpr Word ones(unsigned bits) noexcept {
    return bits >= 64 ? ~Word{0} : (Word{1} << bits) - 1;
  }
  // For each order, the bits at which its runs may begin.
  static constexpr std::array<Word, SlotOrder + 1> starts = [] {
    std::array<Word, SlotOrder + 1> found{};
    for (unsigned k = 0; k <= SlotOrder; ++k) {
      for (unsigned bit = 0; bit < Width << SlotOrder; bit += Width << k) {
        found[k] |= Word{1} << bit;
      }
    }
    return found;
  }();
};

template <unsigned WordOrder>
using LeafWord = BuddyWord<1, WordOrder>;
using NodeWord = BuddyWord<16, 2>;

}  // namespace poolproof
