// The adapters over the buddy allocators: PoolResource, StdAllocator, Marked.
#include <gtest/gtest.h>

#include <list>
#include <map>
#include <memory_resource>
#include <unordered_map>
#include <vector>

#include "../linear_allocator.hpp"
#include "../pool_resource.hpp"
#include "../std_allocator.hpp"
#include "test_buddies.hpp"
#include "test_upstream.hpp"

#ifdef POOLPROOF_MARKS_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace poolproof::test {
namespace {

template <class Pool>
class BuddyAdapters : public BuddyPoolTest<Pool> {
 protected:
  CountingUpstream upstream_;
};
TYPED_TEST_SUITE(BuddyAdapters, AllBuddies, BuddyNames);

TYPED_TEST(BuddyAdapters, ContainersOfTheResourceNeverLeaveThePool) {
  this->make(4096, 16, 12);
  PoolResource resource(this->pool_, std::pmr::null_memory_resource());
  {
    std::pmr::list<int> list(&resource);
    std::pmr::vector<int> vector(&resource);
    std::pmr::unordered_map<int, std::pmr::string> map(&resource);
    for (int i = 0; i != 200; ++i) {
      list.push_back(i);
      vector.push_back(i);
      map[i] = std::pmr::string(static_cast<std::size_t>(i), 'x');
    }
    EXPECT_TRUE(this->pool_.owns(&list.back()));
    EXPECT_TRUE(this->pool_.owns(vector.data()));
    EXPECT_EQ(map[150].size(), 150u);
    EXPECT_STREQ(this->pool_.violation(), nullptr);
    EXPECT_THROW(vector.resize(100'000), std::bad_alloc);
    EXPECT_EQ(vector.size(), 200u);
  }
  this->expect_whole();
}

TYPED_TEST(BuddyAdapters, WhatDoesNotFitGoesUpstream) {
  this->make(64, 16, 6);
  PoolResource resource(this->pool_, &this->upstream_);
  {
    std::pmr::vector<int> small(100, 7, &resource);
    std::pmr::vector<int> large(1000, 7, &resource);
    EXPECT_TRUE(this->pool_.owns(small.data()));
    EXPECT_TRUE(this->upstream_.gave(large.data()));
    void* aligned = resource.allocate(8, 4096);
    EXPECT_TRUE(this->upstream_.gave(aligned));
    resource.deallocate(aligned, 8, 4096);
  }
  EXPECT_EQ(this->upstream_.owed(), 0u);
  this->expect_whole();
}

TYPED_TEST(BuddyAdapters, StandardContainersOverIt) {
  this->make(4096, 16, 10);
  {
    using Pair = std::pair<const int, int>;
    std::vector<int, StdAllocator<int, TypeParam>> vector(this->pool_);
    std::map<int, int, std::less<>, StdAllocator<Pair, TypeParam>> map(this->pool_);
    for (int i = 0; i != 300; ++i) {
      vector.push_back(i);
      map[i] = i;
    }
    EXPECT_EQ(vector[299], 299);
    EXPECT_TRUE(this->pool_.owns(&map.at(7)));
    EXPECT_THROW(vector.resize(1'000'000), std::bad_alloc);
    StdAllocator<std::uint64_t, TypeParam> words(this->pool_);
    EXPECT_THROW(static_cast<void>(words.allocate(huge / 8 + 2)), std::bad_alloc);
  }
  this->expect_whole();
}

// In a linear base's chunks and in a buffer nothing may be left that hinders their next user.
TYPED_TEST(BuddyAdapters, MemoryIsAsAnyOtherAfterwards) {
  GuardedBuffer buffer(16384);
  using Pool = Marked<LocklessBuddyAllocator<>>;
  for (int round = 0; round != 3; ++round) {
    LinearAllocator linear(buffer.data(), buffer.size());
    {
      Pool pool(linear, 16, 4);
      std::vector<void*> pieces;
      for (int i = 0; i != 20; ++i) pieces.push_back(pool.alloc(100));
      for (int i = 0; i != 10; ++i) pool.free(pieces[static_cast<std::size_t>(i)]);
    }
    std::memset(buffer.data(), round, buffer.size());
    Pool pool(buffer.data(), buffer.size(), 16, 6);
    void* piece = pool.alloc(100);
    std::memset(piece, round, 100);
    pool.free(piece);
    pool.deinit();
    std::memset(buffer.data(), round, buffer.size());
  }
  EXPECT_TRUE(buffer.guards_intact());
}

#ifdef POOLPROOF_MARKS_ASAN
template <class Pool>
class BuddyMarks : public BuddyPoolTest<Marked<Pool>> {
 protected:
  BuddyMarks() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using Unmarked = ::testing::Types<BuddyAllocator, LockedBuddyAllocator<>, LocklessBuddyAllocator<>>;
TYPED_TEST_SUITE(BuddyMarks, Unmarked, BuddyNames);

TYPED_TEST(BuddyMarks, AUseAfterFreeIsReported) {
  this->make(64, 16, 6);
  auto* piece = static_cast<volatile char*>(this->pool_.alloc(100));
  piece[99] = 1;
  this->pool_.free(const_cast<char*>(piece));
  EXPECT_DEATH(piece[99] = 2, "use-after-poison");
  EXPECT_DEATH(piece[0] = 2, "use-after-poison");
  EXPECT_DEATH(piece[127] = 2, "use-after-poison") << "what it was rounded up by";
  auto* next = static_cast<volatile char*>(this->pool_.alloc(100));
  ASSERT_EQ(next, piece);
  next[99] = 3;
  EXPECT_DEATH(next[104] = 3, "use-after-poison") << "past the end";
  this->pool_.deinit();
  EXPECT_EQ(__asan_region_is_poisoned(this->buffer_->data(), this->buffer_->size()), nullptr);
}
#endif

}  // namespace
}  // namespace poolproof::test
