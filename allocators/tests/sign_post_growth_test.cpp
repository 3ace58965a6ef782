// SignPostAllocator and its kin over a base: when they ask it, and what it costs when it refuses.
#include <gtest/gtest.h>

#include <set>

#include "../heap_allocator.hpp"
#include "../linear_allocator.hpp"
#include "test_sign_posts.hpp"

namespace poolproof::test {
namespace {

template <class Pool>
class SignPostGrowth : public SignPost<Pool> {};
TYPED_TEST_SUITE(SignPostGrowth, SignPostPools, SignPostNames);

TYPED_TEST(SignPostGrowth, GrowsOnlyWhenNothingFits) {
  ASSERT_TRUE(this->pool_.init(this->base_, 4096));
  EXPECT_EQ(this->base_.requests(), 0u);
  EXPECT_EQ(this->pool_.capacity(), 0u);
  std::vector<void*> pieces;
  for (int i = 0; i != 40; ++i) pieces.push_back(this->pool_.alloc(1100));
  EXPECT_EQ(this->base_.requests(), 14u) << "three in each chunk";
  EXPECT_EQ(this->pool_.violation(), nullptr);
  for (void* piece : pieces) {
    ASSERT_NE(piece, nullptr);
    EXPECT_TRUE(this->pool_.owns(piece));
    std::memset(piece, 0x44, 1100);
  }
  for (void* piece : pieces) this->pool_.free(piece);
  EXPECT_EQ(this->pool_.violation(), nullptr);
  EXPECT_EQ(this->pool_.used(), 0u);
  for (void*& piece : pieces) piece = this->pool_.alloc(1100);
  EXPECT_EQ(this->base_.requests(), 14u) << "all of it was free";
  EXPECT_EQ(this->base_.live(), 14u);
  this->pool_.deinit();
  EXPECT_EQ(this->base_.live(), 0u);
}

TYPED_TEST(SignPostGrowth, AsksForMoreWhereAPieceDoesNotFitIntoAChunk) {
  ASSERT_TRUE(this->pool_.init(this->base_, 512));
  for (const std::size_t size : Sizes{100, 470, 512, 5000, 100000}) {
    void* piece = this->pool_.alloc(size);
    ASSERT_NE(piece, nullptr) << size;
    std::memset(piece, 0x44, size);
    void* aligned = this->pool_.alloc_aligned(size, 1024);
    ASSERT_NE(aligned, nullptr) << size;
    EXPECT_EQ(address(aligned) % 1024, 0u);
    std::memset(aligned, 0x44, size);
    EXPECT_EQ(this->pool_.violation(), nullptr);
  }
  EXPECT_EQ(this->pool_.alloc(huge / 2), nullptr);
  EXPECT_EQ(this->pool_.alloc_aligned(16, huge / 2 + 1), nullptr);
}

TYPED_TEST(SignPostGrowth, ABaseThatRefusesCostsNothing) {
  ASSERT_TRUE(this->pool_.init(this->base_, 1024));
  void* first = this->pool_.alloc(900);
  ASSERT_NE(first, nullptr);
  this->base_.refuse_from(2);
  EXPECT_EQ(this->pool_.alloc(900), nullptr);
  EXPECT_EQ(this->pool_.alloc_aligned(900, 256), nullptr);
  EXPECT_EQ(this->pool_.violation(), nullptr);
  const bool some_left = this->pool_.largest_free() > 0;
  EXPECT_EQ(this->pool_.alloc(1) != nullptr, some_left);
  this->base_.refuse_from(CountingBase::never);
  EXPECT_NE(this->pool_.alloc(900), nullptr);
  this->pool_.free(first);
  EXPECT_EQ(this->pool_.alloc(900), first);
}

TYPED_TEST(SignPostGrowth, GrowsOverAnyBase) {
  HeapAllocator heap;
  for (int round = 0; round != 2; ++round) {
    ASSERT_TRUE(this->pool_.init(heap, 700, 32));
    std::mt19937_64 random(3);
    std::vector<void*> pieces;
    for (int i = 0; i != 500; ++i) {
      pieces.push_back(this->pool_.alloc(log_uniform(random, 900)));
      ASSERT_NE(pieces.back(), nullptr);
    }
    EXPECT_EQ(this->pool_.violation(), nullptr);
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (void* piece : pieces) this->pool_.free(piece);
    EXPECT_EQ(this->pool_.violation(), nullptr);
    EXPECT_EQ(this->pool_.used(), 0u);
    this->pool_.deinit();
  }
  GuardedBuffer buffer(4096);
  LinearAllocator linear(buffer.data(), buffer.size());
  ASSERT_TRUE(this->pool_.init(linear, 1000));
  std::size_t served = 0;
  while (this->pool_.alloc(200) != nullptr) ++served;
  EXPECT_GE(served, 12u);
  EXPECT_TRUE(buffer.guards_intact());
  this->pool_.deinit();
}

// Whatever is in use, shrink leaves the chunks that it lies in, and no others; all else stays true.
TYPED_TEST(SignPostGrowth, ShrinkGivesBackWhatHasNoPieceInUse) {
  EXPECT_EQ(this->pool_.shrink(), 0u);
  ASSERT_TRUE(this->pool_.init(this->base_, 2000));
  std::mt19937_64 random(7);
  std::vector<void*> held;
  for (int round = 0; round != 150; ++round) {
    const std::size_t wanted = random() % 5 == 0 ? 0 : random() % 150;
    while (held.size() < wanted) {
      const std::size_t bytes = log_uniform(random, 3000);
      held.push_back(this->pool_.alloc(bytes));
      ASSERT_NE(held.back(), nullptr);
      std::memset(held.back(), 0x55, bytes);
    }
    std::shuffle(held.begin(), held.end(), random);
    for (; held.size() > wanted; held.pop_back()) this->pool_.free(held.back());
    if (random() % 3 == 0) continue;
    const std::size_t before = this->base_.live();
    const std::size_t used = this->pool_.used();
    const std::size_t peak = this->pool_.peak();
    std::set<const void*> chunks;
    for (const void* piece : held) chunks.insert(this->base_.chunk_of(piece));
    ASSERT_EQ(this->pool_.shrink(), before - chunks.size());
    ASSERT_EQ(this->base_.live(), chunks.size());
    ASSERT_EQ(this->pool_.violation(), nullptr);
    ASSERT_EQ(this->pool_.used(), used);
    ASSERT_EQ(this->pool_.peak(), peak);
    for (const void* piece : held) ASSERT_TRUE(this->pool_.owns(piece));
    if (held.empty()) {
      ASSERT_EQ(this->pool_.capacity(), 0u);
    }
  }
  this->pool_.deinit();
  GuardedBuffer buffer(4096);
  ASSERT_TRUE(this->pool_.init(buffer.data(), buffer.size()));
  this->pool_.free(this->pool_.alloc(100));
  EXPECT_EQ(this->pool_.shrink(), 0u);
  EXPECT_NE(this->pool_.alloc(100), nullptr);
  this->pool_.deinit();
}

}  // namespace
}  // namespace poolproof::test
