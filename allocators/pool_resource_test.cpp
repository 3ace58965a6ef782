#include "pool_resource.hpp"

#include <gtest/gtest.h>

#include <array>
#include <list>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include "heap_allocator.hpp"
#include "linear_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

namespace pmr = std::pmr;

// An upstream that knows what it is owed, and is owed nothing at the end. Any number of threads.
class CountingUpstream final : public pmr::memory_resource {
 public:
  ~CountingUpstream() override { EXPECT_EQ(owed(), 0u) << "not given back to upstream"; }

  std::size_t owed() const { return given_.size(); }
  std::size_t requests() const { return requests_; }
  std::size_t smallest() const { return smallest_; }  // request in bytes
  bool gave(const void* pointer) const { return given_.count(pointer) != 0; }

 private:
  struct Request {
    std::size_t bytes, alignment;
  };
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    ++requests_;
    smallest_ = std::min(smallest_, bytes);
    void* pointer = pmr::new_delete_resource()->allocate(bytes, alignment);
    given_[pointer] = {bytes, alignment};
    return pointer;
  }
  void do_deallocate(void* pointer, std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    const auto found = given_.find(pointer);
    ASSERT_NE(found, given_.end()) << "not from this upstream";
    EXPECT_EQ(found->second.bytes, bytes);
    EXPECT_EQ(found->second.alignment, alignment);
    given_.erase(found);
    pmr::new_delete_resource()->deallocate(pointer, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::mutex mutex_;
  std::map<const void*, Request> given_;
  std::size_t requests_ = 0;
  std::size_t smallest_ = huge;
};

template <class Pool>
class PoolBehindResource : public BlockPool<Pool> {
 protected:
  CountingUpstream upstream_;
};
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

// Each block goes back to where it came from, in whatever order, and the pool is used again while
// some are still upstream.
TYPED_TEST(PoolBehindResource, TheRestGoesUpstreamWhenItIsExhausted) {
  this->make(4, 64, 8);
  PoolResource resource(this->pool_, &this->upstream_);
  std::mt19937 random(1);
  for (int round = 0; round != 50; ++round) {
    std::vector<void*> blocks;
    for (int i = 0; i != 10; ++i) blocks.push_back(resource.allocate(64, 8));
    EXPECT_EQ(this->upstream_.owed(), 6u);
    EXPECT_EQ(this->pool_.used(), 4u);
    std::shuffle(blocks.begin(), blocks.end(), random);
    for (void* block : blocks) {
      resource.deallocate(block, 64, 8);
      if (this->pool_.used() == 4) continue;
      void* again = resource.allocate(64, 8);
      EXPECT_TRUE(this->pool_.owns(again));
      resource.deallocate(again, 64, 8);
    }
    EXPECT_EQ(this->upstream_.owed(), 0u);
    EXPECT_EQ(this->pool_.used(), 0u);
  }
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

// A pool of one block that tells how often it was asked what it owns.
class AskedPool final : public Allocator {
 public:
  void* alloc(std::size_t byte_size) noexcept override { return alloc_aligned(byte_size, 1); }
  void* alloc_aligned(std::size_t, std::size_t) noexcept override {
    return std::exchange(used_, true) ? nullptr : block_;
  }
  void free(void* pointer) noexcept override {
    EXPECT_EQ(pointer, block_);
    EXPECT_TRUE(used_);
    used_ = false;
  }
  bool owns(const void* pointer) const noexcept override {
    ++asked;
    return pointer == block_;
  }
  std::size_t block_size() const { return sizeof block_; }
  std::size_t alignment() const { return alignof(std::max_align_t); }
  mutable int asked = 0;

 private:
  alignas(std::max_align_t) std::byte block_[16];
  bool used_ = false;
};

TEST(PoolResource, AsksForTheOwnerOnlyWhileSomethingHasSpilled) {
  CountingUpstream upstream;
  AskedPool pool;
  PoolResource resource(pool, &upstream);
  // These could never have been the pool's.
  void* large = resource.allocate(17);
  void* aligned = resource.allocate(16, 32);
  for (int i = 0; i != 3; ++i) {
    void* mine = resource.allocate(16);
    resource.deallocate(mine, 16);
    EXPECT_EQ(std::exchange(pool.asked, 0), 0);
    mine = resource.allocate(16);
    void* spilled = resource.allocate(16);
    resource.deallocate(mine, 16);
    mine = resource.allocate(16);
    resource.deallocate(spilled, 16);
    EXPECT_EQ(std::exchange(pool.asked, 0), 2);
    resource.deallocate(mine, 16);
    EXPECT_EQ(pool.asked, 0);
  }
  resource.deallocate(large, 17);
  resource.deallocate(aligned, 16, 32);
}

TEST(PoolResource, CountsNothingWhenUpstreamThrows) {
  AskedPool pool;
  PoolResource resource(pool, pmr::null_memory_resource());
  void* mine = resource.allocate(16);
  EXPECT_THROW((void)resource.allocate(16), std::bad_alloc);
  resource.deallocate(mine, 16);
  EXPECT_EQ(pool.asked, 0);
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

TEST(PoolResource, GrowsBeforeItGoesUpstream) {
  CountingUpstream upstream;
  HeapAllocator heap;
  LocklessBlockAllocator<> pool(heap, 64, 8, 16, 32);
  PoolResource resource(pool, &upstream);
  pmr::list<int> list(&resource);
  for (int i = 0; i != 40; ++i) list.push_back(i);
  EXPECT_EQ(pool.used(), 32u);
  EXPECT_EQ(upstream.owed(), 8u);
}

TEST(PoolResourceDeathTest, NeedsAnUpstream) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  BlockAllocator pool;
  EXPECT_DEATH(PoolResource(pool, nullptr), "poolproof: PoolResource: upstream is null");
}

template <class Pool>
class SharedPoolBehindResource : public PoolBehindResource<Pool> {};
TYPED_TEST_SUITE(SharedPoolBehindResource, SharedPools, PoolNames);

// Containers of several threads in one pool that does not suffice; lists go from thread to thread,
// so that blocks are freed by others than their first owners.
TYPED_TEST(SharedPoolBehindResource, ThreadsShareAPool) {
  this->make(60, 64, 8);
  PoolResource resource(this->pool_, &this->upstream_);
  struct Slot {
    std::mutex mutex;
    pmr::list<int> list;
  };
  {
    std::array<Slot, 3> slots{{{{}, pmr::list<int>(&resource)},
                               {{}, pmr::list<int>(&resource)},
                               {{}, pmr::list<int>(&resource)}}};
    run_threads(4, [&](unsigned id) {
      std::mt19937 random(id);
      pmr::list<int> mine(&resource);
      for (int round = 0; round != 1000; ++round) {
        pmr::map<int, unsigned> map(&resource);
        for (int i = 0; i != 8; ++i) {
          mine.push_back(i);
          map[i] = id;
        }
        for (const auto& entry : map) ASSERT_EQ(entry.second, id);
        {
          Slot& slot = slots[random() % slots.size()];
          const std::lock_guard lock(slot.mutex);
          mine.swap(slot.list);
        }
        int expected = 0;
        for (const int value : mine) ASSERT_EQ(value, expected++ % 8) << "another's block";
        if (mine.size() > 16 || random() % 2 == 0) mine.clear();
      }
    });
  }
  EXPECT_GT(this->upstream_.requests(), 0u) << "it never ran out";
  EXPECT_EQ(this->upstream_.owed(), 0u);
  expect_all_come_back(this->pool_);
}

}  // namespace
}  // namespace poolproof::test
