// What PoolResource sends upstream because the pool is exhausted, and how it finds its way back.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <random>
#include <utility>
#include <vector>

#include "../heap_allocator.hpp"
#include "../pool_resource.hpp"
#include "test_base.hpp"
#include "test_upstream.hpp"

namespace poolproof::test {
namespace {

namespace pmr = std::pmr;

template <class Pool>
using ExhaustedPool = PoolBehindResource<Pool>;
TYPED_TEST_SUITE(ExhaustedPool, AllPools, PoolNames);

// Each block goes back to where it came from, in whatever order, and the pool is used again while
// some are still upstream.
TYPED_TEST(ExhaustedPool, TheRestGoesUpstreamWhenItIsExhausted) {
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

TEST(PoolResourceSpill, AsksForTheOwnerOnlyWhileSomethingHasSpilled) {
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

TEST(PoolResourceSpill, CountsNothingWhenUpstreamThrows) {
  AskedPool pool;
  PoolResource resource(pool, pmr::null_memory_resource());
  void* mine = resource.allocate(16);
  EXPECT_THROW((void)resource.allocate(16), std::bad_alloc);
  resource.deallocate(mine, 16);
  EXPECT_EQ(pool.asked, 0);
}

TEST(PoolResourceSpill, GrowsBeforeItGoesUpstream) {
  CountingUpstream upstream;
  HeapAllocator heap;
  LocklessBlockAllocator<> pool(heap, 64, 8, 16, 32);
  PoolResource resource(pool, &upstream);
  pmr::list<int> list(&resource);
  for (int i = 0; i != 40; ++i) list.push_back(i);
  EXPECT_EQ(pool.used(), 32u);
  EXPECT_EQ(upstream.owed(), 8u);
}

template <class Pool>
class SharedExhaustedPool : public PoolBehindResource<Pool> {};
TYPED_TEST_SUITE(SharedExhaustedPool, SharedPools, PoolNames);

// Containers of several threads in one pool that does not suffice; lists go from thread to thread,
// so that blocks are freed by others than their first owners.
TYPED_TEST(SharedExhaustedPool, ThreadsShareAPool) {
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
