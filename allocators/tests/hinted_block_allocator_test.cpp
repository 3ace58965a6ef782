// HintedBlockAllocator: init, every block once, hints that are wrong, and two passes before a pool
// is said to be empty.
#include "../hinted_block_allocator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

using Pool = HintedBlockAllocator<>;
using PoolOfPairs = HintedBlockAllocator<StdBackend, 2>;  // two hints a handle

template <class P>
class Hinted : public testing::Test {};
using BothPools = testing::Types<Pool, PoolOfPairs>;
TYPED_TEST_SUITE(Hinted, BothPools);

TYPED_TEST(Hinted, NotInitialised) {
  TypeParam pool;
  auto cache = pool.cache();
  EXPECT_FALSE(pool.valid());
  EXPECT_EQ(pool.alloc_block(), nullptr);
  EXPECT_EQ(cache.alloc_block(), nullptr);
  EXPECT_FALSE(pool.owns(&pool));
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.peak(), 0u);
  pool.deinit();
}

TYPED_TEST(Hinted, InitErrors) {
  GuardedBuffer buffer(1024);
  TypeParam pool;
  EXPECT_EQ(pool.init(buffer.data(), 1024, 0, 8).error(), InitError::zero_size);
  EXPECT_EQ(pool.init(buffer.data(), 1024, 8, 24).error(), InitError::bad_alignment);
  EXPECT_EQ(pool.init(nullptr, 1024, 8, 8).error(), InitError::null_buffer);
  EXPECT_EQ(pool.init(buffer.data(), 1024, huge - 6, 8).error(), InitError::overflow);
  EXPECT_EQ(pool.init(buffer.data(), 1024, 8, 24).right(), 32u);
  const InitResult small = pool.init(buffer.data(), 100, 8, 8);
  EXPECT_EQ(small.error(), InitError::buffer_too_small);
  EXPECT_FALSE(pool.valid());
  ASSERT_LE(small.minimum_bytes(), 1024u);
  EXPECT_TRUE(pool.init(buffer.data(), small.minimum_bytes(), 8, 8));
  EXPECT_EQ(pool.init(buffer.data(), 1024, 8, 8).error(), InitError::already_initialised);
}

template <class Way, class P>
void expect_every_block_once(Way& way, P& pool) {
  std::vector<void*> taken = drain(way);
  EXPECT_EQ(taken.size(), pool.capacity());
  EXPECT_EQ(pool.used(), taken.size());
  std::sort(taken.begin(), taken.end());
  for (std::size_t i = 0; i != taken.size(); ++i) {
    EXPECT_EQ(address(taken[i]) % pool.alignment(), 0u);
    EXPECT_TRUE(pool.owns(taken[i]));
    std::fill_n(static_cast<std::byte*>(taken[i]), pool.block_size(), std::byte{0x11});
    if (i == 0) continue;
    EXPECT_GE(address(taken[i]) - address(taken[i - 1]), pool.block_size());
  }
  for (void* block : taken) way.free_block(block);
  EXPECT_EQ(pool.used(), 0u);
}

// A handle takes what it freed before what nobody had, as long as it remembers all of it.
TEST(HintedPeak, IsTheMostThatAHandleHadInUse) {
  GuardedBuffer buffer(Pool::buffer_bytes(200, 16, 16));
  Pool pool(buffer.data(), buffer.size(), 16, 16);
  auto cache = pool.cache();
  std::vector<void*> held;
  std::size_t most = 0;
  for (const std::size_t count : Sizes{1, 7, 3, 40, 2, 64}) {
    while (held.size() < count) held.push_back(cache.alloc_block());
    for (; held.size() > count; held.pop_back()) cache.free_block(held.back());
    most = std::max(most, count);
    EXPECT_EQ(pool.peak(), most);
    EXPECT_EQ(pool.used(), count);
  }
  EXPECT_EQ(pool.peak(), 64u);
  for (void* block : held) pool.free_block(block);
  EXPECT_EQ(drain(pool).size(), pool.capacity());
  EXPECT_EQ(pool.peak(), pool.capacity());
}

TYPED_TEST(Hinted, HandsOutEveryBlockOnce) {
  for (const std::size_t blocks : Sizes{1, 2, 63, 64, 65, 500, 5000}) {
    for (const std::size_t size : Sizes{1, 24, 64}) {
      const std::size_t alignment = size == 64 ? 128 : 8;
      GuardedBuffer buffer(TypeParam::buffer_bytes(blocks, size, alignment));
      TypeParam pool(buffer.data(), buffer.size(), size, alignment);
      ASSERT_TRUE(pool.valid());
      ASSERT_GE(pool.capacity(), blocks);
      auto cache = pool.cache();
      for (int round = 0; round != 2; ++round) {
        expect_every_block_once(cache, pool);
        expect_every_block_once(pool, pool);
      }
    }
  }
}

// With one block free anywhere, and a hint of it in another handle, it is found.
TYPED_TEST(Hinted, FindsTheLastFreeBlock) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(200, 16, 16));
  TypeParam pool(buffer.data(), buffer.size(), 16, 16);
  auto freer = pool.cache();
  auto finder = pool.cache();
  for (void* block : drain(freer)) {
    freer.free_block(block);
    ASSERT_EQ(finder.alloc_block(), block);
    ASSERT_EQ(freer.alloc_block(), nullptr);
    pool.free_block(block);
    ASSERT_EQ(finder.alloc_block(), block);
    ASSERT_EQ(pool.alloc_block(), nullptr);
  }
}

TYPED_TEST(Hinted, StopsOnWhatIsNoBlockInUse) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(40, 32, 32));
  TypeParam pool(buffer.data(), buffer.size(), 32, 32);
  auto cache = pool.cache();
  auto* block = static_cast<std::byte*>(cache.alloc_block());
  cache.free(nullptr);
  pool.free(nullptr);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_DEATH(cache.free_block(nullptr), "poolproof: the pointer is not a block of this pool");
  EXPECT_DEATH((cache.free_block(block), cache.free_block(block)),
               "poolproof: a block is freed that is free already");
  EXPECT_DEATH((cache.free_block(block), pool.free_block(block)),
               "poolproof: a block is freed that is free already");
  EXPECT_DEATH(cache.free_block(block + 8), "poolproof: the pointer is not a block of this pool");
  EXPECT_DEATH(pool.free_block(&pool), "poolproof: the pointer is not a block of this pool");
  TypeParam other;
  EXPECT_DEATH(other.free_block(block), "poolproof: the pointer is not a block of this pool");
}

// Hints of a larger pool than there is now.
TYPED_TEST(Hinted, HandlesOutliveTheBlocks) {
  GuardedBuffer large(TypeParam::buffer_bytes(100, 16, 16));
  GuardedBuffer small(TypeParam::buffer_bytes(2, 16, 16));
  TypeParam pool(large.data(), large.size(), 16, 16);
  auto cache = pool.cache();
  for (void* block : drain(cache)) cache.free_block(block);
  pool.deinit();
  EXPECT_EQ(cache.alloc_block(), nullptr);
  ASSERT_TRUE(pool.init(small.data(), small.size(), 16, 16));
  expect_every_block_once(cache, pool);
}

TYPED_TEST(Hinted, NeverTwoOwners) {
  constexpr std::size_t threads = 4;
  GuardedBuffer buffer(TypeParam::buffer_bytes(6, 64, 64));
  TypeParam pool(buffer.data(), buffer.size(), 64, 64);
  std::atomic<bool> wrong{false};
  const auto act = [&](std::uint64_t mark) {
    auto cache = pool.cache();
    for (int n = 0; n != 20'000; ++n) {
      auto* block = static_cast<std::uint64_t*>(cache.alloc_block());
      if (block == nullptr) {
        wrong = true;  // there are more blocks than threads
        continue;
      }
      for (int i = 0; i != 8; ++i) block[i] = mark;
      for (int i = 0; i != 8; ++i) {
        if (block[i] != mark) wrong = true;
      }
      cache.free_block(block);
    }
  };
  std::vector<std::thread> all;
  for (std::size_t i = 0; i != threads; ++i) all.emplace_back(act, i + 1);
  for (std::thread& each : all) each.join();
  EXPECT_FALSE(wrong);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(drain(pool).size(), pool.capacity());
}

// Searches begin at the first block.
struct FirstLaneBackend : HookBackend {
  static std::uint32_t lane() noexcept { return 0; }
};

// Three actors, nested in each way.
TEST(HintedNested, NoBlockIsLostOrHandedOutTwice) {
  const auto all = run_nested_actors<HintedBlockAllocator<FirstLaneBackend, 2>>();
  EXPECT_EQ(all.bad, 0);
  EXPECT_GT(all.executions, 10'000);
}

// At every moment one of two blocks is free, and whoever looks at the other one sees it in use: the
// hook frees the one that was looked at, and takes the one that is looked at next.
TEST(HintedNested, OnePassDoesNotShowThatThePoolIsEmpty) {
  HookedPool<HintedBlockAllocator<FirstLaneBackend, 2>> p(2);
  p.pool.free_block(p[1]);
  std::size_t free = 1;
  const auto move = [&] {
    EXPECT_EQ(p.pool.alloc_block(), p[free]);
    free = 1 - free;
    p.pool.free_block(p[free]);
  };
  HookBackend::before(Access::link_load, 2, [&] {  // by look, of the second block
    move();
    HookBackend::before(Access::word_add, [&] {  // by the first pass, of the first
      move();
      HookBackend::before(Access::word_add, move);  // and of the second
    });
  });
  auto cache = p.pool.cache();
  EXPECT_EQ(cache.alloc_block(), p[0]);
  EXPECT_FALSE(HookBackend::clear());
}

}  // namespace
}  // namespace poolproof::test
