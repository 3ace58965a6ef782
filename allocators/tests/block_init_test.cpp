// init and deinit of all block pools: each error and its condition, and how large a buffer must be.
#include <gtest/gtest.h>

#include "test_base.hpp"

namespace poolproof::test {
namespace {

template <class Pool>
class BlockPoolInit : public BlockPool<Pool> {};
TYPED_TEST_SUITE(BlockPoolInit, AllPools, PoolNames);

TYPED_TEST(BlockPoolInit, NotInitialised) {
  TypeParam pool;
  EXPECT_FALSE(pool.valid());
  EXPECT_EQ(pool.alloc_block(), nullptr);
  EXPECT_EQ(pool.alloc(1), nullptr);
  EXPECT_EQ(pool.alloc_aligned(1, 1), nullptr);
  pool.free(nullptr);
  EXPECT_FALSE(pool.owns(&pool));
  EXPECT_FALSE(pool.owns(nullptr));
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.peak(), 0u);
  pool.deinit();
  EXPECT_FALSE(pool.valid());
}

TYPED_TEST(BlockPoolInit, InitErrors) {
  GuardedBuffer buffer(1024);
  CountingBase base;
  TypeParam pool;
  const auto over_buffer = [&](void* start, std::size_t size, std::size_t block,
                               std::size_t alignment) {
    const InitResult result = pool.init(start, size, block, alignment);
    EXPECT_EQ(static_cast<bool>(result), result.error() == InitError::none);
    EXPECT_FALSE(pool.valid());
    EXPECT_EQ(pool.alloc_block(), nullptr);
    return result.error();
  };
  const auto over_base = [&](std::size_t block, std::size_t alignment, std::size_t count) {
    const InitResult result = pool.init(base, block, alignment, count);
    EXPECT_FALSE(pool.valid());
    EXPECT_EQ(pool.alloc_block(), nullptr);
    return result.error();
  };
  EXPECT_EQ(over_buffer(buffer.data(), 1024, 0, 8), InitError::zero_size);
  for (const std::size_t bad : Sizes{0, 3, 6, 24}) {
    EXPECT_EQ(over_buffer(buffer.data(), 1024, 8, bad), InitError::bad_alignment) << bad;
    EXPECT_EQ(over_base(8, bad, 4), InitError::bad_alignment) << bad;
  }
  EXPECT_EQ(pool.init(buffer.data(), 1024, 8, 24).right(), 32u);
  EXPECT_EQ(pool.init(base, 8, 24, 4).right(), 32u);
  EXPECT_EQ(over_buffer(nullptr, 1024, 8, 8), InitError::null_buffer);
  EXPECT_EQ(over_buffer(buffer.data(), 0, 8, 8), InitError::buffer_too_small);
  EXPECT_EQ(over_buffer(buffer.data(), 1024, 1025, 1), InitError::buffer_too_small);
  EXPECT_EQ(over_buffer(buffer.data(), 1024, huge, 8), InitError::overflow);
  EXPECT_EQ(over_buffer(buffer.data(), 1024, huge - 6, 8), InitError::overflow);
  EXPECT_EQ(over_base(0, 8, 4), InitError::zero_size);
  EXPECT_EQ(over_base(8, 8, 0), InitError::zero_size);
  EXPECT_EQ(over_base(huge / 2, 8, 4), InitError::overflow);
  EXPECT_EQ(over_base(huge, 8, 1), InitError::overflow);
  EXPECT_EQ(over_base(huge / 1000 + 1, 1, 1000), InitError::overflow);
  EXPECT_EQ(base.requests(), 0u);

  ASSERT_TRUE(pool.init(buffer.data(), 1024, 8, 8)) << "a failed init must not get in the way";
  EXPECT_EQ(drain(pool).size(), pool.capacity());
}

TYPED_TEST(BlockPoolInit, SecondInitLeavesThePoolAsItWas) {
  this->make(3, 16, 8);
  GuardedBuffer other(1024);
  CountingBase base;
  void* first = this->pool_.alloc_block();
  EXPECT_EQ(this->pool_.init(other.data(), 1024, 64, 64).error(), InitError::already_initialised);
  EXPECT_EQ(this->pool_.init(base, 64, 64, 4).error(), InitError::already_initialised);
  EXPECT_EQ(this->pool_.block_size(), 16u);
  EXPECT_EQ(this->pool_.used(), 1u);
  this->pool_.free_block(first);
  expect_all_come_back(this->pool_);
  EXPECT_EQ(base.requests(), 0u);
}

TYPED_TEST(BlockPoolInit, MinimumBytesIsEnoughAtEveryOffsetAndOneLessIsNot) {
  GuardedBuffer memory(1024);
  for (const std::size_t alignment : Sizes{1, 2, 8, 16, 64}) {
    for (const std::size_t block_size : Sizes{1, 3, 24, 100}) {
      TypeParam pool;
      const std::size_t minimum =
          pool.init(memory.data(), 1, block_size, alignment).minimum_bytes();
      std::size_t refused = 0;
      for (std::size_t offset = 0; offset != 64; ++offset) {
        ASSERT_TRUE(pool.init(memory.data() + offset, minimum, block_size, alignment));
        EXPECT_EQ(pool.capacity(), 1u);
        EXPECT_NE(pool.alloc_block(), nullptr);
        EXPECT_EQ(pool.alloc_block(), nullptr);
        pool.deinit();
        const InitResult less =
            pool.init(memory.data() + offset, minimum - 1, block_size, alignment);
        if (less.error() == InitError::buffer_too_small) ++refused;
        pool.deinit();
      }
      EXPECT_GE(refused, 1u) << "one byte less was enough everywhere";
    }
  }
}

TYPED_TEST(BlockPoolInit, BufferBytesIsEnoughAndNothingOutsideIsWritten) {
  for (const std::size_t alignment : Sizes{1, 2, 8, 16, 64, 4096}) {
    for (const std::size_t block_size : Sizes{1, 3, 24, 40, 100, 4096}) {
      for (const std::size_t count : Sizes{1, 2, 7, 64}) {
        for (const std::size_t offset : Sizes{0, 1, 7, 33}) {
          this->make(count, block_size, alignment, offset);
          ASSERT_GE(this->pool_.capacity(), count);
          ASSERT_GE(this->pool_.block_size(), block_size);
          ASSERT_EQ(this->pool_.block_size() % this->pool_.alignment(), 0u);
          ASSERT_GE(this->pool_.alignment(), alignment);
          const std::vector<void*> blocks = drain(this->pool_);
          ASSERT_EQ(blocks.size(), this->pool_.capacity());
          expect_sound(this->pool_, blocks);
          for (void* block : blocks) {
            ASSERT_TRUE(this->buffer_->contains(block, this->pool_.block_size()));
            std::memset(block, 0, this->pool_.block_size());
          }
          free_all(this->pool_, blocks);
          expect_all_come_back(this->pool_);
          ASSERT_TRUE(this->buffer_->guards_intact());
        }
      }
    }
  }
}

TYPED_TEST(BlockPoolInit, BufferBytesSaysWhenItDoesNotFit) {
  EXPECT_EQ(TypeParam::buffer_bytes(huge, 8, 8), size_overflow);
  EXPECT_EQ(TypeParam::buffer_bytes(3, huge / 2, 8), size_overflow);
  EXPECT_EQ(TypeParam::buffer_bytes(1, huge, 64), size_overflow);
}

TYPED_TEST(BlockPoolInit, ConstructorsAreInit) {
  GuardedBuffer memory(512);
  TypeParam good(memory.data(), memory.size(), 16, 8);
  EXPECT_TRUE(good.valid());
  EXPECT_NE(good.alloc_block(), nullptr);
  TypeParam bad(memory.data(), memory.size(), 16, 3);
  EXPECT_FALSE(bad.valid());
  EXPECT_EQ(bad.alloc_block(), nullptr);
}

TYPED_TEST(BlockPoolInit, DeinitAndInitAgain) {
  this->make(4, 16, 8);
  EXPECT_EQ(drain(this->pool_).size(), this->pool_.capacity());
  this->pool_.deinit();
  this->pool_.deinit();
  EXPECT_EQ(this->pool_.alloc_block(), nullptr);
  EXPECT_EQ(this->pool_.capacity(), 0u);
  EXPECT_FALSE(this->pool_.owns(this->buffer_->data() + 16));
  this->make(9, 40, 64);  // other sizes, so another width of index
  expect_all_come_back(this->pool_);
}

}  // namespace
}  // namespace poolproof::test
