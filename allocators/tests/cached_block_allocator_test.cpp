// CachedBlockAllocator and ThreadCachedBlockAllocator: what handles and threads keep, give back and
// outlive. What they have in common with the other pools is in block_*_test.cpp.
#include "../cached_block_allocator.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "../thread_cached_block_allocator.hpp"
#include "test_base.hpp"
#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

using Pool = CachedBlockAllocator<>;
using Cache = Pool::Cache;
using ThreadPool = ThreadCachedBlockAllocator<>;

// A pool of so many blocks in a buffer, with magazines of this size.
template <class P = Pool>
struct Pooled {
  Pooled(std::size_t blocks, std::size_t magazine_size)
      : buffer(P::buffer_bytes(blocks, 16, 8)),
        pool(buffer.data(), buffer.size(), 16, 8, magazine_size) {
    EXPECT_EQ(pool.capacity(), blocks);
  }
  GuardedBuffer buffer;
  P pool;
};

TEST(CachedPool, AHandleGivesEachBlockOnceAndTakesAllBack) {
  for (const std::size_t magazine : Sizes{1, 2, 3, 7, 100}) {
    Pooled over(50, magazine);
    {
      Cache cache = over.pool.cache();
      for (int round = 0; round != 3; ++round) {
        const std::vector<void*> blocks = drain(cache);
        ASSERT_EQ(blocks.size(), 50u);
        EXPECT_EQ(cache.alloc_block(), nullptr);
        EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), 50u);
        expect_sound(over.pool, blocks);
        EXPECT_EQ(over.pool.used(), 50u);
        free_all(cache, blocks);
        EXPECT_EQ(over.pool.used(), 0u);
      }
    }
    expect_all_come_back(over.pool);
    EXPECT_TRUE(over.buffer.guards_intact());
  }
}

// The bound of most_kept, and that it is reached: so many, and no more, are out of reach.
TEST(CachedPool, AHandleKeepsAtMostTwoMagazines) {
  for (const std::size_t magazine : Sizes{1, 2, 5, 8}) {
    Pooled over(40, magazine);
    ASSERT_EQ(over.pool.most_kept(), 2 * magazine);
    Cache keeper = over.pool.cache();
    free_all(keeper, drain(keeper));
    Cache other = over.pool.cache();
    std::vector<void*> blocks = drain(other);
    EXPECT_EQ(blocks.size(), 40 - 2 * magazine) << magazine;
    EXPECT_EQ(over.pool.alloc_block(), nullptr);
    EXPECT_EQ(drain(keeper).size(), 2 * magazine);
  }
}

// Whatever mix of handles frees, and the pool itself: what lies in the depot can be had by all.
TEST(CachedPool, AnAllocFindsWhateverTheDepotHas) {
  Pooled over(24, 3);
  Cache first = over.pool.cache();
  std::optional<Cache> second(std::in_place, over.pool);
  const std::vector<void*> blocks = drain(first);
  for (std::size_t i = 0; i != blocks.size(); ++i) {
    if (i % 3 == 0) over.pool.free_block(blocks[i]);
    if (i % 3 == 1) second->free_block(blocks[i]);
    if (i % 3 == 2) first.free_block(blocks[i]);
  }
  EXPECT_EQ(over.pool.used(), 0u);
  second.reset();  // gives back what it kept
  const std::vector<void*> again = drain(first);
  EXPECT_EQ(again.size(), 24u);
  expect_sound(over.pool, again);
  free_all(over.pool, again);
  expect_all_come_back(over.pool);
}

TEST(CachedPool, CarvesNoFurtherThanTwiceWhatIsUsed) {
  Pooled over(1000, 64);
  Cache cache = over.pool.cache();
  for (std::size_t used = 1; used != 1000; ++used) {
    ASSERT_NE(cache.alloc_block(), nullptr);
    ASSERT_LE(over.pool.peak(), 2 * used);
    ASSERT_LE(over.pool.peak(), used + 63);
  }
}

TEST(CachedPool, MagazineSizeByDefault) {
  const auto chosen = [](std::size_t blocks, std::size_t block_size) {
    GuardedBuffer buffer(Pool::buffer_bytes(blocks, block_size, 8));
    return Pool(buffer.data(), buffer.size(), block_size, 8).magazine_size();
  };
  EXPECT_EQ(chosen(1, 8), 1u);
  EXPECT_EQ(chosen(16, 8), 2u);
  EXPECT_EQ(chosen(600, 8), 64u);
  EXPECT_EQ(chosen(600, 4096), 16u) << "64 KiB";
  EXPECT_EQ(chosen(8, 100'000), 1u);
  CountingBase base;
  EXPECT_EQ(Pool(base, 8, 8, 40).magazine_size(), 5u);
  EXPECT_EQ(Pool(base, 8, 8, 40, 0, 7).magazine_size(), 7u);
}

TEST(CachedPool, ABlockIsAtLeastAPointer) {
  Pooled over(4, 1);
  Pool tiny;
  GuardedBuffer buffer(Pool::buffer_bytes(3, 1, 1));
  ASSERT_TRUE(tiny.init(buffer.data(), buffer.size(), 1, 1));
  EXPECT_EQ(tiny.block_size(), sizeof(void*));
  EXPECT_EQ(tiny.alignment(), alignof(void*));
  expect_all_come_back(tiny);
}

TEST(CachedPool, AHandleOutlivesThePool) {
  std::optional<Pooled<>> over(std::in_place, 20, 2);
  Cache cache = over->pool.cache();
  std::vector<void*> blocks = drain(cache, 10);
  while (blocks.size() > 3) {
    cache.free_block(blocks.back());
    blocks.pop_back();
  }
  over->pool.deinit();
  EXPECT_EQ(cache.alloc_block(), nullptr);
  cache.free_block(blocks[0]);  // dropped
  EXPECT_EQ(cache.alloc_block(), nullptr);
  EXPECT_EQ(cache.alloc(1), nullptr);
  EXPECT_FALSE(cache.owns(blocks[0]));
  EXPECT_EQ(cache.block_size(), 0u);
  over.reset();
  cache.free_block(blocks[1]);
  EXPECT_EQ(cache.alloc_block(), nullptr);
}

TEST(CachedPool, AHandleOfAPoolThatIsNotInitialised) {
  CountingBase base;
  Pool pool;
  Cache cache = pool.cache();
  EXPECT_EQ(cache.alloc_block(), nullptr);
  ASSERT_TRUE(pool.init(base, 16, 8, 4));
  EXPECT_EQ(cache.alloc_block(), nullptr) << "a handle is made after init";
  EXPECT_NE(pool.cache().alloc_block(), nullptr);
}

TEST(CachedPool, ReclaimEmptiesTheHandlesThatGoOn) {
  Pooled over(12, 2);
  Cache first = over.pool.cache();
  Cache second = over.pool.cache();
  free_all(first, drain(first));
  EXPECT_EQ(drain(over.pool).size(), 8u);
  over.pool.reclaim();
  const std::vector<void*> rest = drain(second);
  EXPECT_EQ(rest.size(), 4u);
  free_all(first, rest);
  EXPECT_NE(first.alloc_block(), nullptr);
}

TEST(CachedPool, AHandleIsAnAllocatorAndABase) {
  CountingBase base;
  Pool pool(base, 256, 64, 16);
  Cache cache = pool.cache();
  Allocator& allocator = cache;
  void* block = allocator.alloc_aligned(200, 64);
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(allocator.owns(block));
  EXPECT_EQ(allocator.alloc(257), nullptr);
  allocator.free(block);
  BlockAllocator small(allocator, 16, 8, 8);
  EXPECT_EQ(drain(small, 20).size(), 20u);
  small.deinit();
  EXPECT_EQ(pool.used(), 0u);
}

TEST(CachedPool, GrowsAndGivesAllChunksBack) {
  CountingBase base;
  {
    Pool pool(base, 16, 8, 64);
    Cache cache = pool.cache();
    const std::vector<void*> blocks = drain(cache, 1000);
    expect_sound(pool, blocks);
    EXPECT_EQ(base.live(), 16u);
    free_all(cache, blocks);
    base.refuse_from(base.requests() + 1);
    EXPECT_EQ(drain(cache).size(), pool.capacity());
  }
  EXPECT_EQ(base.live(), 0u);
}

// Saturated, the depot is left alone: no access to an atomic.
TEST(CachedPool, TwoMagazinesBetweenAThreadAndTheDepot) {
  using Hooked = CachedBlockAllocator<HookBackend>;
  GuardedBuffer buffer(Hooked::buffer_bytes(64, 16, 8));
  Hooked pool(buffer.data(), buffer.size(), 16, 8, 8);
  Hooked::Cache cache(pool);
  free_all(cache, drain(cache, 20));
  HookBackend::before(Access::any, [] {});
  for (int round = 0; round != 100; ++round) free_all(cache, drain(cache, 8));
  EXPECT_TRUE(HookBackend::clear()) << "a look at the depot";
  HookBackend::before(Access::any, [] {});
  free_all(cache, drain(cache, 24));  // a magazine more than it keeps
  EXPECT_FALSE(HookBackend::clear());
}

// One thread allocates, another frees: whole magazines go round.
TEST(CachedPool, BlocksFreedByAnotherThreadComeBack) {
  Pooled over(64, 4);
  std::atomic<void*> slot{nullptr};
  run_threads(2, [&](unsigned id) {
    Cache cache = over.pool.cache();
    for (int i = 0; i != 20'000;) {
      if (id == 0) {
        auto* block = static_cast<int*>(cache.alloc_block());
        ASSERT_NE(block, nullptr);
        *block = i++;
        while (slot.load(std::memory_order_acquire) != nullptr) std::this_thread::yield();
        slot.store(block, std::memory_order_release);
      } else if (void* block = slot.exchange(nullptr, std::memory_order_acquire)) {
        EXPECT_EQ(*static_cast<int*>(block), i++);
        cache.free_block(block);
      }
    }
  });
  EXPECT_EQ(over.pool.used(), 0u);
  expect_all_come_back(over.pool);
}

// Two magazines lie in the depot, and each thread wants one block: there is always one for it.
TEST(CachedPool, AnAllocWithoutAHandleHidesNoMagazineFromAnother) {
  for (int round = 0; round != 300; ++round) {
    Pooled over(16, 8);
    {
      Cache cache = over.pool.cache();
      free_all(cache, drain(cache));
    }
    std::atomic<int> failed{0};
    run_threads(4, [&](unsigned id) {
      std::optional<Cache> cache;
      if (id == 0) cache.emplace(over.pool);
      for (int i = 0; i != 20; ++i) {
        const std::vector<void*> blocks = cache ? drain(*cache, 1) : drain(over.pool, 3);
        if (blocks.size() != (cache ? 1u : 3u)) failed.fetch_add(1, std::memory_order_relaxed);
        free_all(over.pool, blocks);
      }
    });
    EXPECT_EQ(failed.load(), 0);
    expect_all_come_back(over.pool);
  }
}

TEST(CachedPool, WhatIsLooseIsHadByHandlesAndCounted) {
  Pooled over(24, 8);
  const std::vector<void*> blocks = drain(over.pool);
  ASSERT_EQ(blocks.size(), 24u);
  EXPECT_EQ(over.pool.used(), 24u);
  free_all(over.pool, blocks);
  EXPECT_EQ(over.pool.used(), 0u);
  Cache cache = over.pool.cache();
  const std::vector<void*> again = drain(cache);
  EXPECT_EQ(again.size(), 24u);
  expect_sound(over.pool, again);
  free_all(cache, again);
  EXPECT_EQ(over.pool.used(), 0u);
}

TEST(CachedPool, HandlesComeAndGoWhileOthersWork) {
  Pooled over(64, 2);
  run_threads(4, [&](unsigned) {
    for (int i = 0; i != 500; ++i) {
      Cache cache = over.pool.cache();
      free_all(cache, drain(cache, 8));
      free_all(over.pool, drain(over.pool, 2));
    }
  });
  expect_all_come_back(over.pool);
}

TEST(ThreadCachedPool, AThreadThatEndsGivesBack) {
  Pooled<ThreadPool> over(32, 4);
  run_threads(1, [&](unsigned) { free_all(over.pool, drain(over.pool)); });
  EXPECT_EQ(drain(over.pool).size(), 32u);
}

TEST(ThreadCachedPool, AThreadKeepsAtMostTwoMagazines) {
  Pooled<ThreadPool> over(32, 4);
  free_all(over.pool, drain(over.pool));
  run_threads(1, [&](unsigned) {
    const std::vector<void*> blocks = drain(over.pool);
    EXPECT_EQ(blocks.size(), 32 - over.pool.most_kept());
    free_all(over.pool, blocks);
  });
  over.pool.reclaim();
  run_threads(1, [&](unsigned) { EXPECT_EQ(drain(over.pool).size(), 32u); });
}

TEST(ThreadCachedPool, AThreadThatLeavesGivesBackAndMayComeAgain) {
  Pooled<ThreadPool> over(32, 4);
  for (int round = 0; round != 3; ++round) {
    free_all(over.pool, drain(over.pool));
    over.pool.leave();
    over.pool.leave();
    run_threads(1, [&](unsigned) { EXPECT_EQ(drain(over.pool).size(), 32u) << round; });
    over.pool.deinit();
    ASSERT_TRUE(over.pool.init(over.buffer.data(), over.buffer.size(), 16, 8, 4));
  }
}

TEST(ThreadCachedPool, ThePoolMayDieBeforeTheThread) {
  for (int round = 0; round != 3 * static_cast<int>(ThreadPool::most_pools); ++round) {
    CountingBase base;
    ThreadPool pool(base, 16, 8, 16);
    EXPECT_EQ(drain(pool, 40).size(), 40u);
    EXPECT_EQ(pool.used(), 40u) << "of a pool before it";
    pool.deinit();
    EXPECT_EQ(base.live(), 0u);
    EXPECT_EQ(pool.alloc_block(), nullptr);
  }
}

// Each thread's end races with the end of the pools that it has used.
TEST(ThreadCachedPool, ThreadsAndPoolsEndTogether) {
  for (int round = 0; round != 200; ++round) {
    auto over = std::make_unique<Pooled<ThreadPool>>(64, 2);
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i) {
      threads.emplace_back([&] {
        free_all(over->pool, drain(over->pool, 10));
        done.fetch_add(1, std::memory_order_release);
      });
    }
    while (done.load(std::memory_order_acquire) != 3) std::this_thread::yield();
    over.reset();
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(ThreadCachedPool, MorePoolsThanHavePlaces) {
  CountingBase base;
  std::vector<std::unique_ptr<ThreadPool>> pools;
  for (std::size_t i = 0; i != ThreadPool::most_pools + 3; ++i) {
    pools.push_back(std::make_unique<ThreadPool>(base, 16, 8, 16));
    EXPECT_EQ(pools.back()->has_magazines(), i < ThreadPool::most_pools);
  }
  for (const auto& pool : pools) {
    const std::vector<void*> blocks = drain(*pool, 50);
    expect_sound(*pool, blocks);
    free_all(*pool, blocks);
    base.refuse_from(base.requests() + 1);
    expect_all_come_back(*pool);
    base.refuse_from(huge);
  }
  pools.front()->deinit();
  pools.back()->deinit();
  ASSERT_TRUE(pools.back()->init(base, 16, 8, 16));
  EXPECT_TRUE(pools.back()->has_magazines()) << "the place of the first";
  pools.clear();
  EXPECT_EQ(base.live(), 0u);
}

// Destructors of thread_local objects may run after the thread's magazines have gone.
TEST(ThreadCachedPool, AThreadsLastDestructorsMayUseThePool) {
  Pooled<ThreadPool> over(16, 2);
  struct Late {
    ThreadPool* pool = nullptr;
    void* block = nullptr;
    ~Late() {
      pool->free_block(block);
      pool->free_block(pool->alloc_block());
    }
  };
  run_threads(1, [&](unsigned) {
    static thread_local Late late;  // made before the pool is used, so ended after
    late.pool = &over.pool;
    late.block = over.pool.alloc_block();
    ASSERT_NE(late.block, nullptr);
  });
  EXPECT_EQ(over.pool.used(), 0u);
  EXPECT_EQ(drain(over.pool).size(), 16u);
}

}  // namespace
}  // namespace poolproof::test
