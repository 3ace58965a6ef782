// What is LocklessBlockAllocator's own: the nonce, and that it is what keeps ABA off.
#include "../lockless_block_allocator.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "test_base.hpp"
#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

using Lockless = LocklessBlockAllocator<>;

TEST(LocklessBlockAllocator, NonceGetsTheBitsThatTheIndicesOfABufferLeave) {
  for (const std::size_t count : Sizes{1, 2, 3, 4, 7, 8, 100, 255, 256, 5000}) {
    GuardedBuffer buffer(Lockless::buffer_bytes(count, 64, 64));
    Lockless pool(buffer.data(), buffer.size(), 64, 64);
    // All ones is no block: n blocks take the bits of the number n.
    const auto index_bits = static_cast<unsigned>(std::bit_width(pool.capacity()));
    EXPECT_EQ(pool.nonce_bits(), 64 - index_bits) << count;
    expect_all_come_back(pool);
  }
}

TEST(LocklessBlockAllocator, NonceGetsFortyBitsAndMoreForFewerThanTwoToTheTwentyFourBlocks) {
  CountingBase base;
  const auto bits = [&](std::size_t per_chunk, std::size_t most) {
    Lockless pool(base, 8, 8, per_chunk, most);
    EXPECT_TRUE(pool.valid());
    return pool.nonce_bits();
  };
  for (const std::size_t per_chunk : Sizes{1, 3, 5, 64, 1000}) {
    EXPECT_EQ(bits(per_chunk, 0), 40u) << per_chunk;
    EXPECT_GE(bits(per_chunk, 10'000'000), 40u) << per_chunk;
    EXPECT_GT(bits(per_chunk, 1000), 50u) << per_chunk;
  }
  EXPECT_EQ(bits(1, (1 << 24) - 1), 40u);
  EXPECT_EQ(bits(64, (1 << 24) - 64), 40u);
  EXPECT_EQ(bits(1, 1), 63u);
  EXPECT_EQ(bits(64, 64), 57u) << "one chunk, and a number that is none";
  EXPECT_EQ(bits(std::size_t{1} << 31, 0), 32u) << "32 bits of index at most";
}

TEST(LocklessBlockAllocator, NonceWrapSeconds) {
  CountingBase base;
  Lockless pool(base, 8, 8, 64);
  EXPECT_DOUBLE_EQ(pool.nonce_wrap_seconds(1.0), 1099511627776.0);
  EXPECT_DOUBLE_EQ(pool.nonce_wrap_seconds(1e6), 1099511.627776);
  EXPECT_NEAR(pool.nonce_wrap_seconds(66e6) / 3600, 4.6, 0.05) << "as the header says";
}

TEST(LocklessBlockAllocator, NonceBitsLimit) {
  GuardedBuffer buffer(Lockless::buffer_bytes(7, 64, 64));
  LocklessBlockAllocator<StdBackend, 0> none(buffer.data(), buffer.size(), 64, 64);
  EXPECT_EQ(none.nonce_bits(), 0u);
  expect_all_come_back(none);
  none.deinit();
  LocklessBlockAllocator<StdBackend, 3> three(buffer.data(), buffer.size(), 64, 64);
  EXPECT_EQ(three.nonce_bits(), 3u);
  for (int i = 0; i != 100; ++i) three.free_block(three.alloc_block());  // round and round
  expect_all_come_back(three);
}

TEST(LocklessBlockAllocator, MoreThanTwoToTheTwentyFourBlocksInABuffer) {
  constexpr std::size_t bytes = 100 << 20;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  Lockless pool(memory, bytes, 1, 1);
  EXPECT_GT(pool.capacity(), std::size_t{1} << 24);
  EXPECT_EQ(pool.nonce_bits(), 39u);
  const std::vector<void*> blocks = drain(pool, 10);
  expect_sound(pool, blocks);
  free_all(pool, blocks);
  EXPECT_EQ(drain(pool, 10), std::vector<void*>(blocks.rbegin(), blocks.rend()));
  pool.deinit();
  munmap(memory, bytes);
}

TEST(LocklessBlockAllocator, NonceStopsAba) {
  EXPECT_FALSE(aba_hands_out_a_block_twice<LocklessBlockAllocator<HookBackend>>());
}

TEST(LocklessBlockAllocator, WithoutANonceAbaStrikes) {
  EXPECT_TRUE((aba_hands_out_a_block_twice<LocklessBlockAllocator<HookBackend, 0>>()));
}

// Two pops turn a nonce of one bit round once: the word is as the stopped alloc read it.
TEST(LocklessBlockAllocator, ANonceThatHasComeRoundDoesNotStopAba) {
  HookedPool<LocklessBlockAllocator<HookBackend, 1>> p(2);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);
  HookBackend::before(Access::word_cas, [&] {
    EXPECT_EQ(p.pool.alloc_block(), p[1]);
    EXPECT_EQ(p.pool.alloc_block(), p[0]);
    p.pool.free_block(p[1]);
  });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(p.pool.alloc_block(), p[0]) << "the specimen should hand out p[0] a second time";
}

TEST(LocklessBlockAllocator, TellsItsObserverThatOnlyTheNonceSavedIt) {
  HookedPool<LocklessBlockAllocator<HookBackend>> p(2);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);
  HookBackend::before(Access::word_cas, [&] {
    EXPECT_EQ(p.pool.alloc_block(), p[1]);
    p.pool.free_block(p[1]);
  });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(HookBackend::count(Event::aba_window), 1);
  HookBackend::before(Access::word_cas, [&] { p.pool.free_block(p[1]); });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(HookBackend::count(Event::aba_window), 1) << "here the index differed as well";
}

TEST(LocklessBlockAllocator, AllocAsksTheFreeListOnceMoreWhenNothingIsFresh) {
  HookedPool<LocklessBlockAllocator<HookBackend>> p(1);
  // The second word that it loads is that of the fresh blocks; the free list was empty before.
  HookBackend::before(Access::word_load, 2, [&] { p.pool.free_block(p[0]); });
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
}

TEST(LocklessBlockAllocator, NestedActorsNeverShareOrLoseABlock) {
  const auto result = run_nested_actors<LocklessBlockAllocator<HookBackend>>();
  EXPECT_GT(result.executions, 10'000);
  EXPECT_EQ(result.bad, 0);
}

TEST(LocklessBlockAllocator, NestedActorsFindTheMissingNonce) {
  EXPECT_GT((run_nested_actors<LocklessBlockAllocator<HookBackend, 0>>().bad), 0);
}

}  // namespace
}  // namespace poolproof::test
