#include "../heap_allocator.hpp"

#include <gtest/gtest.h>

#include "test_base.hpp"

namespace poolproof::test {
namespace {

TEST(HeapAllocator, AllocatorInterface) {
  HeapAllocator heap;
  Allocator& base = heap;
  EXPECT_EQ(base.alloc(0), nullptr);
  EXPECT_EQ(base.alloc_aligned(0, 8), nullptr);
  EXPECT_EQ(base.alloc_aligned(8, 0), nullptr);
  EXPECT_EQ(base.alloc_aligned(8, 24), nullptr);
  EXPECT_EQ(base.alloc(huge), nullptr);
  EXPECT_EQ(base.alloc_aligned(huge - 4094, 4096), nullptr);
  base.free(nullptr);
  for (const std::size_t alignment : Sizes{1, 2, 16, 64, 4096, 1 << 16}) {
    for (const std::size_t size : Sizes{1, 15, 100, 5000}) {
      void* block = base.alloc_aligned(size, alignment);
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(address(block) % std::max(alignment, alignof(std::max_align_t)), 0u);
      std::memset(block, 1, size);
      EXPECT_FALSE(base.owns(block));
      base.free(block);
    }
  }
}

TEST(HeapAllocator, PoolsGrowFromIt) {
  HeapAllocator heap;
  LocklessBlockAllocator<> lockless(heap, 40, 64, 5);
  BlockAllocator plain(heap, 40, 64, 5);
  EXPECT_EQ(drain(lockless, 100).size(), 100u);
  EXPECT_EQ(drain(plain, 100).size(), 100u);
}

}  // namespace
}  // namespace poolproof::test
