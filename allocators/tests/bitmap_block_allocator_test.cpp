// BitmapBlockAllocator: init and attach, every block once, damage that it finds, threads, and two
// mappings of one memory.
#include "../bitmap_block_allocator.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

using Pool = BitmapBlockAllocator<>;
using PoolOfPairs = BitmapBlockAllocator<StdBackend, 2>;  // two blocks a word

template <class P>
class Bitmap : public testing::Test {};
using BothPools = testing::Types<Pool, PoolOfPairs>;
TYPED_TEST_SUITE(Bitmap, BothPools);

TYPED_TEST(Bitmap, NotInitialised) {
  TypeParam pool;
  EXPECT_FALSE(pool.valid());
  EXPECT_EQ(pool.alloc_block(), nullptr);
  EXPECT_EQ(pool.alloc(1), nullptr);
  EXPECT_FALSE(pool.owns(&pool));
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.peak(), 0u);
  pool.deinit();
}

TYPED_TEST(Bitmap, InitErrors) {
  GuardedBuffer buffer(1024);
  TypeParam pool;
  const auto error_of = [&](void* start, std::size_t size, std::size_t block,
                            std::size_t alignment) {
    const InitResult result = pool.init(start, size, block, alignment);
    EXPECT_FALSE(pool.valid());
    return result.error();
  };
  EXPECT_EQ(error_of(buffer.data(), 1024, 0, 8), InitError::zero_size);
  EXPECT_EQ(error_of(buffer.data(), 1024, 8, 24), InitError::bad_alignment);
  EXPECT_EQ(error_of(nullptr, 1024, 8, 8), InitError::null_buffer);
  EXPECT_EQ(error_of(buffer.data(), 100, 8, 8), InitError::buffer_too_small);
  EXPECT_EQ(error_of(buffer.data(), 1024, huge - 6, 8), InitError::overflow);
  EXPECT_EQ(pool.attach(nullptr, 1024).error(), InitError::null_buffer);
  EXPECT_EQ(pool.attach(buffer.data(), 1024).error(), InitError::not_a_pool);
  EXPECT_EQ(pool.init(buffer.data(), 1024, 8, 24).right(), 32u);
  const InitResult small = pool.init(buffer.data(), 100, 8, 8);
  ASSERT_LE(small.minimum_bytes(), 1024u);
  EXPECT_TRUE(pool.init(buffer.data(), small.minimum_bytes(), 8, 8));
  EXPECT_GE(pool.capacity(), 1u);
  EXPECT_EQ(pool.init(buffer.data(), 1024, 8, 8).error(), InitError::already_initialised);
  EXPECT_EQ(pool.attach(buffer.data(), 1024).error(), InitError::already_initialised);
}

// Every block once, apart from the others, aligned, and inside the buffer; for many sizes.
TYPED_TEST(Bitmap, HandsOutEveryBlockOnce) {
  for (const std::size_t blocks : Sizes{1, 2, 31, 32, 33, 64, 65, 500, 5000}) {
    for (const std::size_t size : Sizes{1, 24, 64}) {
      const std::size_t alignment = size == 64 ? 128 : 8;
      GuardedBuffer buffer(TypeParam::buffer_bytes(blocks, size, alignment));
      TypeParam pool(buffer.data(), buffer.size(), size, alignment);
      ASSERT_TRUE(pool.valid());
      ASSERT_GE(pool.capacity(), blocks);
      for (int round = 0; round != 2; ++round) {
        std::vector<void*> taken;
        while (void* block = pool.alloc_block()) {
          EXPECT_EQ(address(block) % alignment, 0u);
          EXPECT_TRUE(pool.owns(block));
          std::fill_n(static_cast<std::byte*>(block), pool.block_size(), std::byte{0x11});
          taken.push_back(block);
        }
        EXPECT_EQ(taken.size(), pool.capacity());
        EXPECT_EQ(pool.used(), taken.size());
        std::sort(taken.begin(), taken.end());
        for (std::size_t i = 1; i < taken.size(); ++i) {
          EXPECT_GE(address(taken[i]) - address(taken[i - 1]), pool.block_size());
        }
        for (void* block : taken) pool.free_block(block);
        EXPECT_EQ(pool.used(), 0u);
      }
      EXPECT_FALSE(pool.owns(buffer.data() + buffer.size()));
    }
  }
}

// One thread's searches begin at one word, so no block is handed out anew while another is free.
TYPED_TEST(Bitmap, PeakIsTheMostThatOneThreadHadInUse) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(200, 16, 16));
  TypeParam pool(buffer.data(), buffer.size(), 16, 16);
  std::vector<void*> held;
  std::size_t most = 0;
  std::uint32_t random = 1;
  for (int step = 0; step != 5000; ++step) {
    random = random * 1664525 + 1013904223;  // Numerical Recipes, 7.1
    const std::size_t wanted = step < 2500 ? 60 : 180;
    if (!held.empty() && random % 200 > wanted) {
      std::swap(held[(random >> 8) % held.size()], held.back());
      pool.free_block(held.back());
      held.pop_back();
    } else if (void* block = pool.alloc_block()) {
      held.push_back(block);
    }
    most = std::max(most, held.size());
    ASSERT_EQ(pool.peak(), most);
    ASSERT_EQ(pool.used(), held.size());
  }
  EXPECT_EQ(most, pool.capacity());
}

// With one block free anywhere, it is found.
TYPED_TEST(Bitmap, FindsTheLastFreeBlock) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(200, 16, 16));
  TypeParam pool(buffer.data(), buffer.size(), 16, 16);
  std::vector<void*> all;
  while (void* block = pool.alloc_block()) all.push_back(block);
  for (void* block : all) {
    pool.free_block(block);
    ASSERT_EQ(pool.alloc_block(), block);
    ASSERT_EQ(pool.alloc_block(), nullptr);
  }
}

TYPED_TEST(Bitmap, StopsOnWhatIsNoBlockInUse) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(40, 32, 32));
  TypeParam pool(buffer.data(), buffer.size(), 32, 32);
  auto* block = static_cast<std::byte*>(pool.alloc_block());
  pool.free(nullptr);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_DEATH(pool.free_block(nullptr), "poolproof: the pointer is not a block of this pool");
  EXPECT_DEATH((pool.free_block(block), pool.free_block(block)),
               "poolproof: a block is freed that is free already");
  EXPECT_DEATH(pool.free_block(block + 8), "poolproof: the pointer is not a block of this pool");
  EXPECT_DEATH(pool.free_block(&pool), "poolproof: the pointer is not a block of this pool");
  EXPECT_DEATH(pool.free_block(buffer.data()),
               "poolproof: the pointer is not a block of this pool");
  TypeParam other;
  EXPECT_DEATH(other.free_block(block), "poolproof: the pointer is not a block of this pool");
}

TYPED_TEST(Bitmap, NeverTwoOwners) {
  constexpr std::size_t threads = 4;
  GuardedBuffer buffer(TypeParam::buffer_bytes(6, 64, 64));
  TypeParam pool(buffer.data(), buffer.size(), 64, 64);
  std::atomic<bool> wrong{false};
  const auto act = [&](std::uint64_t mark) {
    for (int n = 0; n != 20'000; ++n) {
      auto* block = static_cast<std::uint64_t*>(pool.alloc_block());
      if (block == nullptr) continue;
      for (int i = 0; i != 8; ++i) block[i] = mark;
      for (int i = 0; i != 8; ++i) {
        if (block[i] != mark) wrong = true;
      }
      pool.free_block(block);
    }
  };
  std::vector<std::thread> all;
  for (std::size_t i = 0; i != threads; ++i) all.emplace_back(act, i + 1);
  for (std::thread& each : all) each.join();
  EXPECT_FALSE(wrong);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_GE(pool.peak(), 1u);
  EXPECT_LE(pool.peak(), pool.capacity());
  EXPECT_EQ(drain(pool).size(), pool.capacity());
}

// Searches begin at the word that the test says.
struct LaneBackend : HookBackend {
  static inline std::uint32_t here = 0;
  static std::uint32_t lane() noexcept { return here; }
};

// One block is free all the time, but never where the search looks: another moves between the words
// {0, 1} and {2}. Two passes see all words empty, and only the count of frees tells.
TEST(BitmapEmptiness, IsThatOfOneMoment) {
  using Moved = BitmapBlockAllocator<LaneBackend, 2>;
  constexpr std::uint32_t in_word[] = {0, 0x8000'0000};
  alignas(64) std::byte buffer[Moved::aligned_buffer_bytes(3, 16, 16)];
  Moved pool(buffer, sizeof buffer, 16, 16);
  ASSERT_EQ(pool.capacity(), 3u);
  LaneBackend::here = in_word[0];
  void* moving = pool.alloc_block();
  ASSERT_NE(pool.alloc_block(), nullptr);
  int moves = 0;
  const std::function<void()> move = [&] {
    pool.free_block(moving);
    LaneBackend::here = in_word[++moves % 2];
    moving = pool.alloc_block();
    LaneBackend::here = in_word[0];
    if (moves != 3) HookBackend::before(Access::word_add, 1, move);
  };
  // The first pass has seen word 0.
  HookBackend::before(Access::word_add, 2, move);
  EXPECT_NE(pool.alloc_block(), nullptr);
  EXPECT_EQ(moves, 3);
  HookBackend::reset();
}

// Two mappings of one memory, as two processes have: a block of the one is freed through the other.
TEST(BitmapAttach, WorksWhereverTheMemoryIsMapped) {
  constexpr std::size_t bytes = 1 << 16;
  const int memory = memfd_create("bitmap", 0);
  ASSERT_GE(memory, 0);
  ASSERT_EQ(ftruncate(memory, bytes), 0);
  void* maps[2];
  for (void*& map : maps) {
    map = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    ASSERT_NE(map, MAP_FAILED);
  }
  close(memory);
  {
    Pool first;
    Pool second;
    EXPECT_EQ(second.attach(maps[1], bytes).error(), InitError::not_a_pool);
    ASSERT_TRUE(first.init(maps[0], bytes, 64, 128));
    ASSERT_TRUE(second.attach(maps[1], bytes));
    EXPECT_EQ(second.capacity(), first.capacity());
    EXPECT_EQ(second.block_size(), first.block_size());
    std::set<std::ptrdiff_t> seen;
    for (std::size_t i = 0; i != first.capacity(); ++i) {
      Pool& pool = i % 2 == 0 ? first : second;
      auto* block = static_cast<std::byte*>(pool.alloc_block());
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(seen.insert(block - static_cast<std::byte*>(maps[i % 2])).second);
    }
    EXPECT_EQ(first.alloc_block(), nullptr);
    EXPECT_EQ(second.used(), second.capacity());
    for (const std::ptrdiff_t at : seen) second.free_block(static_cast<std::byte*>(maps[1]) + at);
    EXPECT_EQ(first.used(), 0u);
    second.deinit();
    EXPECT_NE(first.alloc_block(), nullptr) << "who lets go takes nothing from the others";
  }
  for (void* map : maps) munmap(map, bytes);
}

}  // namespace
}  // namespace poolproof::test
