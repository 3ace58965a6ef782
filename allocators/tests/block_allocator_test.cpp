// What all block pools have in common, over a fixed buffer. Set-up: block_init_test.cpp. Growing:
// block_growth_test.cpp. Threads: block_threads_test.cpp.
#include "../block_allocator.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "test_base.hpp"

namespace poolproof::test {
namespace {

TYPED_TEST_SUITE(BlockPool, AllPools, PoolNames);

TYPED_TEST(BlockPool, AllocatorInterface) {
  this->make(4, 40, 16);
  Allocator& pool = this->pool_;
  const std::size_t size = this->pool_.block_size();
  EXPECT_EQ(size, 48u);
  EXPECT_EQ(pool.alloc(0), nullptr);
  EXPECT_EQ(pool.alloc(size + 1), nullptr);
  EXPECT_EQ(pool.alloc(huge), nullptr);
  for (const std::size_t bad : Sizes{0, 3, 12, 24, 32, 4096}) {
    EXPECT_EQ(pool.alloc_aligned(1, bad), nullptr) << bad;
  }
  EXPECT_EQ(pool.alloc_aligned(0, 8), nullptr);
  EXPECT_EQ(pool.alloc_aligned(size + 1, 8), nullptr);
  EXPECT_EQ(this->pool_.used(), 0u) << "a refused request took a block";
  void* whole = pool.alloc(size);
  void* aligned = pool.alloc_aligned(1, 16);
  void* less = pool.alloc_aligned(size, 1);
  ASSERT_TRUE(whole != nullptr && aligned != nullptr && less != nullptr);
  expect_sound(this->pool_, {whole, aligned, less});
  EXPECT_EQ(this->pool_.used(), 3u);
  pool.free(nullptr);
  pool.free(whole);
  pool.free(aligned);
  pool.free(less);
  expect_all_come_back(this->pool_);
}

TYPED_TEST(BlockPool, Owns) {
  this->make(3, 24, 8, 5);
  EXPECT_FALSE(this->pool_.owns(nullptr));
  EXPECT_FALSE(this->pool_.owns(this));
  EXPECT_FALSE(this->pool_.owns(this->buffer_->data() - 1));
  EXPECT_FALSE(this->pool_.owns(this->buffer_->data() + this->buffer_->size()));
  const std::vector<void*> blocks = drain(this->pool_);
  auto* last = static_cast<std::byte*>(blocks.back());
  EXPECT_TRUE(this->pool_.owns(last + 23));
  EXPECT_FALSE(this->pool_.owns(last + 24));
  EXPECT_FALSE(this->pool_.owns(static_cast<std::byte*>(blocks.front()) - 1));
  free_all(this->pool_, blocks);
  EXPECT_TRUE(this->pool_.owns(last)) << "owned, allocated or not";
}

TYPED_TEST(BlockPool, FreshBlocksComeInAddressOrder) {
  this->make(50, 24, 8);
  const std::vector<void*> blocks = drain(this->pool_);
  for (std::size_t i = 1; i != blocks.size(); ++i) {
    ASSERT_EQ(address(blocks[i]) - address(blocks[i - 1]), this->pool_.block_size());
  }
}

// Of 16 MiB only the first page may be touched, and those where the first 16 blocks lie: any other
// access ends the child.
TYPED_TEST(BlockPool, PagesAreNotTouchedBeforeTheirBlocksAreHandedOut) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto child = [] {
    constexpr std::size_t bytes = 16 << 20;
    constexpr std::size_t page = 4096;
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::_Exit(2);
    auto* start = static_cast<std::byte*>(memory);
    void* first = TypeParam(memory, bytes, 256, 64).alloc_block();
    const auto allow = [](std::byte* from, std::size_t pages) {
      return mprotect(from, pages * page, PROT_READ | PROT_WRITE) == 0;
    };
    if (first == nullptr || mprotect(memory, bytes, PROT_NONE) != 0 || !allow(start, 1) ||
        !allow(start + (address(first) - address(start)) / page * page, 2)) {
      std::_Exit(3);
    }
    TypeParam pool(memory, bytes, 256, 64);
    for (int i = 0; i != 8; ++i) {
      if (pool.alloc_block() == nullptr) std::_Exit(4);
    }
    if (pool.capacity() < 60'000 || pool.used() != 8 || !pool.owns(pool.alloc_block()))
      std::_Exit(5);
    pool.deinit();
    std::_Exit(0);
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(0), "");
}

TYPED_TEST(BlockPool, UsedPeakAndCapacity) {
  this->make(5, 16, 16);
  const std::size_t capacity = this->pool_.capacity();
  EXPECT_EQ(this->pool_.used(), 0u);
  EXPECT_EQ(this->pool_.peak(), 0u);
  std::vector<void*> blocks = drain(this->pool_, 4);
  EXPECT_EQ(this->pool_.used(), 4u);
  EXPECT_EQ(this->pool_.peak(), 4u);
  this->pool_.free_block(blocks[1]);
  this->pool_.free_block(blocks[2]);
  EXPECT_EQ(this->pool_.used(), 2u);
  EXPECT_EQ(this->pool_.peak(), 4u);
  EXPECT_NE(this->pool_.alloc_block(), nullptr);
  EXPECT_EQ(this->pool_.used(), 3u);
  EXPECT_EQ(this->pool_.peak(), 4u) << "a freed block is taken before a fresh one";
  EXPECT_EQ(this->pool_.capacity(), capacity);
}

TYPED_TEST(BlockPool, OneBlock) {
  this->make(1, 8, 8);
  ASSERT_EQ(this->pool_.capacity(), 1u);
  void* only = this->pool_.alloc_block();
  ASSERT_NE(only, nullptr);
  for (int i = 0; i != 1000; ++i) {
    ASSERT_EQ(this->pool_.alloc_block(), nullptr);
    this->pool_.free_block(only);
    ASSERT_EQ(this->pool_.alloc_block(), only);
  }
  this->pool_.free_block(only);
  expect_all_come_back(this->pool_);
}

template <class Pool>
class LifoPool : public BlockPool<Pool> {};
using LifoPools =
    ::testing::Types<BlockAllocator, LockedBlockAllocator<>, LocklessBlockAllocator<>>;
TYPED_TEST_SUITE(LifoPool, LifoPools, PoolNames);

TYPED_TEST(LifoPool, TheLastFreedBlockComesFirst) {
  this->make(6, 16, 8);
  const std::vector<void*> blocks = drain(this->pool_);
  free_all(this->pool_, blocks);
  const std::vector<void*> again = drain(this->pool_);
  EXPECT_EQ(again, std::vector<void*>(blocks.rbegin(), blocks.rend()));
}

template <class Pool>
class BlockPoolDeathTest : public BlockPool<Pool> {
 protected:
  BlockPoolDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
TYPED_TEST_SUITE(BlockPoolDeathTest, AllPools, PoolNames);

TYPED_TEST(BlockPoolDeathTest, FreeOnAPoolThatIsNotInitialised) {
  TypeParam pool;
  alignas(64) std::byte block[64];
  EXPECT_DEATH(pool.free_block(block), "poolproof: free_block");
  EXPECT_DEATH(pool.free(block), "poolproof: free_block");
}

template <class Pool>
class ListPoolDeathTest : public BlockPoolDeathTest<Pool> {};
using ListPools = ::testing::Types<BlockAllocator, LockedBlockAllocator<>>;
TYPED_TEST_SUITE(ListPoolDeathTest, ListPools, PoolNames);

// These look only without NDEBUG; with it, they write their link into the stray block.
TYPED_TEST(ListPoolDeathTest, FreeOfAForeignPointer) {
  this->make(4, 64, 64);
  alignas(64) static std::byte foreign[64];
  EXPECT_DEBUG_DEATH(this->pool_.free_block(foreign), "poolproof: free_block: not from this pool");
}

template <class Pool>
class IndexedPoolDeathTest : public BlockPoolDeathTest<Pool> {};
TYPED_TEST_SUITE(IndexedPoolDeathTest, IndexedPools, PoolNames);

TYPED_TEST(IndexedPoolDeathTest, FreeOfAPointerThatIsNoBlocksStart) {
  this->make(4, 24, 8);
  alignas(64) static std::byte foreign[64];
  const std::vector<void*> blocks = drain(this->pool_);
  auto* first = static_cast<std::byte*>(blocks.front());
  auto* last = static_cast<std::byte*>(blocks.back());
  for (void* wrong :
       {first + 1, first + 8, last + 16, last + 24, first - 24, first - 1, foreign + 0}) {
    EXPECT_DEATH(this->pool_.free_block(wrong), "poolproof: free_block: not a block of this pool");
  }
}

}  // namespace
}  // namespace poolproof::test
