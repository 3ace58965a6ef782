// The pure functions on words, against the same by slot and slot.
#include "../detail/buddies/buddy_word.hpp"

#include <gtest/gtest.h>

#include <random>

#include "../detail/buddies/buddy_hints.hpp"

namespace poolproof::test {
namespace {

template <class W>
class BuddyWords : public ::testing::Test {
 protected:
  static bool slot_free(std::uint64_t word, unsigned slot) {
    for (unsigned bit = slot * W::width; bit != (slot + 1) * W::width; ++bit) {
      if ((word >> bit & 1) != 0) return false;
    }
    return true;
  }
  static bool run_free(std::uint64_t word, unsigned order, unsigned slot) {
    for (unsigned i = slot; i != slot + (1U << order); ++i) {
      if (!slot_free(word, i)) return false;
    }
    return true;
  }
  // The largest free block that slot lies in; negative: it is not free.
  static int block(std::uint64_t word, unsigned slot) {
    int largest = -1;
    for (unsigned order = 0; order <= W::slot_order; ++order) {
      if (run_free(word, order, slot >> order << order)) largest = static_cast<int>(order);
    }
    return largest;
  }
};
using Widths = ::testing::Types<LeafWord<6>, LeafWord<5>, LeafWord<2>, LeafWord<0>, NodeWord>;
TYPED_TEST_SUITE(BuddyWords, Widths);

TYPED_TEST(BuddyWords, AgreeWithThoseBySlots) {
  std::mt19937_64 random(1);
  using W = TypeParam;
  for (int i = 0; i != 3000; ++i) {
    std::uint64_t word = random() & W::all;
    for (int thin = i % 6; thin != 0; --thin) word &= random();
    if (i == 0) word = 0;
    if (i == 1) word = W::all;
    int largest = -1;
    for (unsigned slot = 0; slot != W::slots; ++slot) {
      largest = std::max(largest, this->block(word, slot));
    }
    ASSERT_EQ(W::largest(word), static_cast<unsigned>(largest + 1));
    for (unsigned order = 0; order <= W::slot_order; ++order) {
      std::uint64_t runs = 0;
      int smallest = 7;
      for (unsigned slot = 0; slot < W::slots; slot += 1U << order) {
        if (!this->run_free(word, order, slot)) continue;
        runs |= std::uint64_t{1} << slot * W::width;
        smallest = std::min(smallest, this->block(word, slot));
        ASSERT_EQ(W::merged(word, order, slot * W::width),
                  static_cast<unsigned>(this->block(word, slot)) + 1);
      }
      ASSERT_EQ(W::runs(word, order), runs);
      const unsigned bit = W::pick(word, order);
      ASSERT_EQ(bit == W::no_bit, runs == 0);
      if (runs == 0) continue;
      ASSERT_NE(runs >> bit & 1, 0u);
      ASSERT_EQ(this->block(word, bit / W::width), smallest) << "not out of the smallest block";
      ASSERT_EQ(word & W::mask(order, bit), 0u);
      ASSERT_EQ(std::popcount(W::mask(order, bit)), static_cast<int>(W::width << order));
    }
  }
}

TEST(BuddyHints, AgreeWithThoseByBytes) {
  std::mt19937_64 random(2);
  for (int i = 0; i != 3000; ++i) {
    std::uint64_t hints = 0;
    for (std::size_t n = 0; n != 8; ++n) {
      hints = buddy_hints::with(hints, n + 8, static_cast<unsigned>(random() % 8));
    }
    for (unsigned hint = 1; hint != 9; ++hint) {
      const std::uint64_t found = buddy_hints::at_least(hints, hint);
      std::size_t first = 8;
      for (std::size_t n = 8; n-- != 0;) {
        const bool is = buddy_hints::get(hints, n) >= hint;
        ASSERT_EQ((found >> (n * 8 + 7) & 1) != 0, is);
        if (is) first = n;
      }
      ASSERT_EQ(found & ~buddy_hints::highs, 0u);
      if (found != 0) {
        ASSERT_EQ(buddy_hints::first(found), first);
      }
    }
  }
}

}  // namespace
}  // namespace poolproof::test
