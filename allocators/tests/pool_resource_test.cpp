#include "../pool_resource.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <list>
#include <map>
#include <memory_resource>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../linear_allocator.hpp"
#include "test_base.hpp"
#include "test_upstream.hpp"

namespace poolproof::test {
namespace {

namespace pmr = std::pmr;

TYPED_TEST_SUITE(PoolBehindResource, AllPools, PoolNames);

TYPED_TEST(PoolBehindResource, ContainersOfNodesNeverLeaveIt) {
  this->make(200, 64, 8);
  PoolResource resource(this->pool_, pmr::null_memory_resource());
  {
    pmr::list<int> list(&resource);
    pmr::map<int, int> map(&resource);
    for (int i = 0; i != 100; ++i) {
      list.push_back(i);
      map[i] = i;
    }
    EXPECT_EQ(this->pool_.used(), 200u);
    EXPECT_TRUE(this->pool_.owns(&list.back()));
    EXPECT_THROW(list.push_back(100), std::bad_alloc) << "all 200 blocks are in use";
    EXPECT_EQ(list.size(), 100u);
    map.erase(17);
    list.push_back(100);
    EXPECT_EQ(list.back(), 100);
    EXPECT_THROW((void)resource.allocate(65, 1), std::bad_alloc);
    EXPECT_THROW((void)resource.allocate(8, 4096), std::bad_alloc);
  }
  expect_all_come_back(this->pool_);
}

TYPED_TEST(PoolBehindResource, WhatIsTooLargeGoesUpstream) {
  this->make(1000, 64, 8);
  PoolResource resource(this->pool_, &this->upstream_);
  EXPECT_EQ(resource.upstream(), &this->upstream_);
  {
    pmr::unordered_map<int, int> map(&resource);
    for (int i = 0; i != 1000; ++i) map[i] = i;
    EXPECT_EQ(this->pool_.used(), 1000u);
    EXPECT_EQ(this->upstream_.owed(), 1u) << "the buckets, and nothing else";
    EXPECT_GT(this->upstream_.smallest(), this->pool_.block_size());
    EXPECT_EQ(map.at(999), 999);
  }
  expect_all_come_back(this->pool_);
}

TYPED_TEST(PoolBehindResource, WhatIsTooAlignedGoesUpstream) {
  this->make(10, 64, 16);
  PoolResource resource(this->pool_, &this->upstream_);
  for (const std::size_t alignment : Sizes{1, 8, 16, 32, 4096}) {
    for (const std::size_t bytes : Sizes{0, 1, 64, 65}) {
      void* block = resource.allocate(bytes, alignment);
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(address(block) % alignment, 0u);
      std::memset(block, 1, bytes);
      const bool fits = bytes <= 64 && alignment <= 16;
      EXPECT_EQ(this->pool_.owns(block), fits);
      EXPECT_EQ(this->upstream_.gave(block), !fits);
      resource.deallocate(block, bytes, alignment);
    }
  }
  EXPECT_EQ(this->upstream_.requests(), 4u + 4u + 3u);
  expect_all_come_back(this->pool_);
}

TYPED_TEST(PoolBehindResource, APoolThatIsNotInitialisedServesNothing) {
  TypeParam pool;
  PoolResource resource(pool, &this->upstream_);
  {
    pmr::list<int> list({1, 2, 3}, &resource);
    EXPECT_EQ(this->upstream_.owed(), 3u);
  }
  EXPECT_EQ(this->upstream_.owed(), 0u);
}

TYPED_TEST(PoolBehindResource, EqualsItselfOnly) {
  this->make(10, 64, 8);
  PoolResource one(this->pool_, &this->upstream_);
  PoolResource two(this->pool_, &this->upstream_);
  EXPECT_TRUE(one.is_equal(one));
  EXPECT_FALSE(one.is_equal(two));
  EXPECT_FALSE(one == this->upstream_);
  {
    // So an assignment between unequal ones copies, and each block stays with its own resource.
    pmr::list<int> from({1, 2, 3}, &one);
    pmr::list<int> to(&two);
    to = std::move(from);
    EXPECT_EQ(to.get_allocator().resource(), &two);
    EXPECT_EQ(to, pmr::list<int>({1, 2, 3}, &one));
  }
  expect_all_come_back(this->pool_);
}

// Behind the interface alone no size is known not to fit: owns() finds the way.
TEST(PoolResource, AnyAllocatorWillDo) {
  CountingUpstream upstream;
  alignas(16) std::byte memory[256];
  LinearAllocator linear(memory, sizeof memory);
  Allocator& any = linear;
  PoolResource resource(any, &upstream);
  pmr::vector<char> vector(&resource);
  for (int i = 0; i != 1000; ++i) vector.push_back(static_cast<char>(i));
  EXPECT_FALSE(linear.owns(vector.data()));
  EXPECT_GT(linear.used(), 100u) << "the small beginnings";
  EXPECT_EQ(upstream.owed(), 1u);
}

TEST(PoolResourceDeathTest, NeedsAnUpstream) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  BlockAllocator pool;
  EXPECT_DEATH(PoolResource(pool, nullptr), "poolproof: PoolResource: upstream is null");
}

}  // namespace
}  // namespace poolproof::test
