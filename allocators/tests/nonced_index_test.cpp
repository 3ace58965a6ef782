// NoncedIndex and TwoListWord: pure functions, at every width.
#include "../detail/blocks/nonced_index.hpp"

#include <gtest/gtest.h>

#include "../detail/blocks/two_list_word.hpp"

namespace poolproof::test {
namespace {

using Word = std::uint64_t;

constexpr Word low_bits(unsigned bits) { return bits == 64 ? ~Word{0} : (Word{1} << bits) - 1; }

// Indices worth a look at this width.
std::vector<std::uint32_t> indices(unsigned bits) {
  std::vector<std::uint32_t> some;
  for (const Word value : {Word{0}, Word{1}, Word{5}, low_bits(bits) / 2, low_bits(bits)}) {
    some.push_back(static_cast<std::uint32_t>(value & low_bits(bits)));
  }
  return some;
}

TEST(NoncedIndex, BitsAndEmpty) {
  for (unsigned bits = 0; bits <= 32; ++bits) {
    for (const unsigned limit : {0u, 1u, 2u, 16u, 31u, 32u, 40u, 63u, 64u}) {
      const NoncedIndex layout(bits, limit);
      EXPECT_EQ(layout.nonce_bits(), std::min(64 - bits, limit));
      EXPECT_EQ(layout.index(layout.empty()), low_bits(bits));
      EXPECT_EQ(layout.nonce(layout.empty()), 0u);
    }
  }
}

TEST(NoncedIndex, PopMovesTheNonceByOneAndPushDoesNot) {
  for (unsigned bits = 0; bits <= 32; ++bits) {
    for (const unsigned limit : {1u, 3u, 20u, 64u}) {
      const NoncedIndex layout(bits, limit);
      for (const std::uint32_t a : indices(bits)) {
        for (const std::uint32_t b : indices(bits)) {
          const Word pushed = layout.pushed(layout.empty(), a);
          EXPECT_EQ(layout.index(pushed), a);
          EXPECT_EQ(layout.nonce(pushed), 0u);
          const Word popped = layout.popped(pushed, b);
          EXPECT_EQ(layout.index(popped), b);
          EXPECT_EQ(layout.nonce(popped), 1u);
          const Word again = layout.pushed(popped, a);
          EXPECT_EQ(layout.index(again), a);
          EXPECT_EQ(layout.nonce(again), 1u);
          EXPECT_NE(again, pushed) << "the same index with another nonce is another word";
        }
      }
    }
  }
}

TEST(NoncedIndex, NonceComesRoundAfterExactlyItsBitsAndLeavesTheIndexAlone) {
  for (unsigned bits = 0; bits <= 32; ++bits) {
    for (const unsigned limit : {0u, 1u, 4u, 8u}) {
      const NoncedIndex layout(bits, limit);
      for (const std::uint32_t index : indices(bits)) {
        const Word first = layout.pushed(layout.empty(), index);
        Word word = first;
        for (Word pops = 1; pops <= low_bits(limit) + 1; ++pops) {
          word = layout.popped(word, index);
          ASSERT_EQ(layout.index(word), index);
          ASSERT_EQ(layout.nonce(word), pops & low_bits(limit));
          ASSERT_EQ(word == first, pops == low_bits(limit) + 1);
        }
      }
    }
    // The full width: from the last nonce to the first, with no carry into the index.
    const NoncedIndex full(bits);
    const std::uint32_t index = indices(bits).back();
    const Word last = full.pushed(~Word{0}, index);
    EXPECT_EQ(full.nonce(last), low_bits(64 - bits));
    EXPECT_EQ(full.popped(last, index), full.pushed(full.empty(), index));
  }
}

TEST(NoncedIndex, DifferByNonceAlone) {
  const NoncedIndex layout(8);
  const Word word = layout.pushed(layout.empty(), 3);
  EXPECT_FALSE(layout.differ_by_nonce(word, word));
  EXPECT_TRUE(layout.differ_by_nonce(word, layout.popped(word, 3)));
  EXPECT_FALSE(layout.differ_by_nonce(word, layout.popped(word, 4)));
  EXPECT_FALSE(layout.differ_by_nonce(word, layout.pushed(word, 4)));
}

TEST(TwoListWord, WhatIsPutInComesOut) {
  for (unsigned bits = 0; bits <= 24; ++bits) {
    const TwoListWord layout(bits);
    const Word most_poppers = low_bits(64 - 2 * bits);
    for (const std::uint32_t active : indices(bits)) {
      for (const std::uint32_t limbo : indices(bits)) {
        for (const Word poppers : {Word{0}, Word{1}, Word{1000}, most_poppers - 1, most_poppers}) {
          const Word word = layout.make(active, limbo, poppers);
          ASSERT_EQ(layout.active(word), active);
          ASSERT_EQ(layout.limbo(word), limbo);
          ASSERT_EQ(layout.poppers(word), poppers);
        }
      }
    }
  }
}

TEST(TwoListWord, EmptyIsNoBlockInEitherListAndNobodyInside) {
  for (unsigned bits = 0; bits <= 24; ++bits) {
    const TwoListWord layout(bits);
    EXPECT_EQ(layout.active(layout.empty()), low_bits(bits));
    EXPECT_EQ(layout.limbo(layout.empty()), low_bits(bits));
    EXPECT_EQ(layout.poppers(layout.empty()), 0u);
  }
}

TEST(TwoListWord, OnePopperMovesTheCountAndNothingElse) {
  for (unsigned bits = 0; bits <= 24; ++bits) {
    const TwoListWord layout(bits);
    for (const std::uint32_t index : indices(bits)) {
      const Word word = layout.make(index, indices(bits).back(), 0);
      Word counted = word;
      for (Word poppers = 1; poppers != 300; ++poppers) {
        counted += layout.one_popper();
        ASSERT_EQ(counted, layout.make(index, indices(bits).back(), poppers));
      }
      EXPECT_EQ(counted - 299 * layout.one_popper(), word);
    }
  }
}

TEST(TwoListWord, TwoToTheSixteenPoppersFitBesideTwoFullIndices) {
  const TwoListWord layout(24);
  EXPECT_EQ(layout.poppers(layout.make(low_bits(24), low_bits(24), 65535)), 65535u);
}

static_assert(NoncedIndex(24).nonce_bits() == 40);
static_assert(TwoListWord(24).one_popper() == Word{1} << 48);

}  // namespace
}  // namespace poolproof::test
