// What is DeferredBlockAllocator's own: limbo, and what happens when somebody is inside take. In
// the comments, P is the popper that is stopped, and Q, R, S run meanwhile.
#include "../deferred_block_allocator.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "test_base.hpp"
#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

using Deferred = DeferredBlockAllocator<>;
using Hooked = HookedPool<DeferredBlockAllocator<HookBackend>>;

// With nobody inside: every block is there, and nobody is still registered, for then the others
// would claim where they should splice.
void expect_at_rest(Hooked& p) {
  const int claims = HookBackend::count(Event::claim);
  expect_all_come_back(p.pool);
  EXPECT_EQ(HookBackend::count(Event::claim), claims) << "a popper did not take its leave";
}

TEST(DeferredBlockAllocator, FreedBlocksComeAfterTheActiveList) {
  Hooked p(4);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);
  p.pool.free_block(p[2]);
  EXPECT_EQ(p.pool.alloc_block(), p[2]) << "the splice takes limbo's top";
  EXPECT_EQ(HookBackend::count(Event::recycle), 1);
  p.pool.free_block(p[3]);  // into limbo
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(HookBackend::count(Event::recycle), 1) << "the active list was not used up before";
  EXPECT_EQ(p.pool.alloc_block(), p[3]);
  EXPECT_EQ(HookBackend::count(Event::recycle), 2);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  EXPECT_EQ(HookBackend::count(Event::claim), 0) << "nobody else was inside";
  EXPECT_EQ(HookBackend::count(Event::aba_window), 0);
}

TEST(DeferredBlockAllocator, UsedCountsBothLists) {
  Hooked p(4);
  for (std::size_t i = 0; i != 3; ++i) p.pool.free_block(p[i]);
  EXPECT_EQ(p.pool.alloc_block(), p[2]);  // two active
  p.pool.free_block(p[3]);                // one in limbo
  EXPECT_EQ(p.pool.used(), 1u);
  p.pool.free_block(p[2]);
  expect_all_come_back(p.pool);
}

TEST(DeferredBlockAllocator, AtMostTwoToTheTwentyFourBlocksInABuffer) {
  constexpr std::size_t bytes = 100 << 20;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  Deferred pool;
  EXPECT_EQ(pool.init(memory, bytes, 1, 1).error(), InitError::too_many_blocks);
  constexpr std::size_t most = (1 << 24) - 1;
  EXPECT_EQ(pool.init(memory, bytes, 1, 1).right(), most);
  ASSERT_TRUE(pool.init(memory, Deferred::buffer_bytes(most, 1, 1) - 3, 1, 1));
  EXPECT_EQ(pool.capacity(), most);
  const std::vector<void*> blocks = drain(pool, 5);
  expect_sound(pool, blocks);
  pool.deinit();
  munmap(memory, bytes);
}

TEST(DeferredBlockAllocator, PopperAtItsPopSeesThatTheTopWent) {
  Hooked p(3);
  for (std::size_t i = 0; i != 3; ++i) p.pool.free_block(p[i]);
  EXPECT_EQ(p.pool.alloc_block(), p[2]);  // active: p[1], p[0]
  HookBackend::before(Access::word_cas, [&] {
    EXPECT_EQ(p.pool.alloc_block(), p[1]);
    p.pool.free_block(p[2]);
  });
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(p.pool.alloc_block(), p[2]);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

TEST(DeferredBlockAllocator, PopperAtItsSpliceSeesThatLimboGrew) {
  Hooked p(2);
  p.pool.free_block(p[0]);
  HookBackend::before(Access::word_cas, [&] { p.pool.free_block(p[1]); });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// P is registered and nobody may splice: Q and R claim in limbo; S finds nothing and must say so.
TEST(DeferredBlockAllocator, OthersClaimWhileAPopperIsStopped) {
  Hooked p(3);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);  // limbo: p[1], p[0]
  HookBackend::before(Access::word_cas, [&] {
    EXPECT_EQ(p.pool.alloc_block(), p[1]);
    EXPECT_EQ(p.pool.alloc_block(), p[0]) << "the claimed top must be walked past";
    EXPECT_EQ(p.pool.alloc_block(), nullptr);
    EXPECT_EQ(HookBackend::count(Event::claim), 2);
    EXPECT_EQ(HookBackend::count(Event::recycle), 0) << "spliced under P's feet";
    EXPECT_EQ(p.pool.used(), 3u) << "claimed blocks are in use, in the list or not";
  });
  EXPECT_EQ(p.pool.alloc_block(), nullptr) << "P drops both";
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// Q claims limbo's top and leaves: the word is as P read it, and P's splice succeeds. P must look
// at the claim bit after its CAS; before it, the bit was clear. (An early version gave out p[1]
// twice.)
TEST(DeferredBlockAllocator, SplicerDropsATopThatWasClaimedMeanwhile) {
  Hooked p(3);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);
  HookBackend::before(Access::word_cas, [&] { EXPECT_EQ(p.pool.alloc_block(), p[1]); });
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(HookBackend::count(Event::recycle), 1);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

TEST(DeferredBlockAllocator, ABlockFreedInPlaceIsFreeForTheSplicer) {
  Hooked p(3);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);
  HookBackend::before(Access::word_cas, [&] {
    EXPECT_EQ(p.pool.alloc_block(), p[1]);
    p.pool.free_block(p[1]);  // stays where it lies
    EXPECT_EQ(p.pool.alloc_block(), p[1]) << "and can be claimed again";
    p.pool.free_block(p[1]);
    EXPECT_EQ(p.pool.used(), 1u);
  });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// A pool of three with p[0] in the active list, claimed; p[1] and p[2] are in use.
struct ClaimedInTheActiveList : Hooked {
  ClaimedInTheActiveList() : Hooked(3) {
    pool.free_block(blocks[0]);
    pool.free_block(blocks[1]);
    HookBackend::before(Access::word_cas, [this] {
      EXPECT_EQ(pool.alloc_block(), blocks[1]);
      EXPECT_EQ(pool.alloc_block(), blocks[0]);
      pool.free_block(blocks[1]);
    });
    EXPECT_EQ(pool.alloc_block(), blocks[1]);  // the splice
    EXPECT_EQ(pool.used(), 3u);
  }
};

TEST(DeferredBlockAllocator, AClaimedBlockIsDroppedByItsPopperAndPushedByItsOwner) {
  ClaimedInTheActiveList p;
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  p.pool.free_block(p[0]);
  EXPECT_EQ(p.pool.used(), 2u);
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// The owner has seen its claim bit and is about to clear it; a popper clears it first.
TEST(DeferredBlockAllocator, OwnerWhoLosesTheClaimBitPushes) {
  ClaimedInTheActiveList p;
  HookBackend::before(Access::link_cas, [&] { EXPECT_EQ(p.pool.alloc_block(), nullptr); });
  p.pool.free_block(p[0]);
  EXPECT_FALSE(HookBackend::clear());
  EXPECT_EQ(p.pool.used(), 2u);
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// The popper has removed the block and is about to clear the claim bit; the owner clears it first.
TEST(DeferredBlockAllocator, PopperWhoLosesTheClaimBitHasAFreeBlock) {
  ClaimedInTheActiveList p;
  HookBackend::before(Access::link_cas, [&] { p.pool.free_block(p[0]); });
  EXPECT_EQ(p.pool.alloc_block(), p[0]);
  EXPECT_FALSE(HookBackend::clear());
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// Q has walked to p[1] and is about to claim it; R claims it first, so Q goes on to p[0].
TEST(DeferredBlockAllocator, ClaimerWhoLosesGoesOn) {
  Hooked p(3);
  p.pool.free_block(p[0]);
  p.pool.free_block(p[1]);
  HookBackend::before(Access::word_cas, [&] {
    HookBackend::before(Access::link_cas, [&] { EXPECT_EQ(p.pool.alloc_block(), p[1]); });
    EXPECT_EQ(p.pool.alloc_block(), p[0]);
    p.pool.free_block(p[1]);
  });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
  EXPECT_EQ(p.pool.alloc_block(), nullptr);
  free_all(p.pool, p.blocks);
  expect_at_rest(p);
}

// Q is about to leave empty-handed; R frees a block, so Q must look again.
TEST(DeferredBlockAllocator, LeavingEmptyHandedFailsWhenABlockCameBack) {
  Hooked p(2);
  HookBackend::before(Access::word_cas, [&] { p.pool.free_block(p[1]); });
  EXPECT_EQ(p.pool.alloc_block(), p[1]);
}

TEST(DeferredBlockAllocator, WaitingForPoppersStopsAba) {
  EXPECT_FALSE(aba_hands_out_a_block_twice<DeferredBlockAllocator<HookBackend>>());
}

TEST(DeferredBlockAllocator, WithoutWaitingAbaStrikes) {
  EXPECT_TRUE((aba_hands_out_a_block_twice<DeferredBlockAllocator<HookBackend, false>>()));
}

TEST(DeferredBlockAllocator, NestedActorsNeverShareOrLoseABlock) {
  const auto result = run_nested_actors<DeferredBlockAllocator<HookBackend>>();
  EXPECT_GT(result.executions, 10'000);
  EXPECT_EQ(result.bad, 0);
}

TEST(DeferredBlockAllocator, NestedActorsFindTheMissingWait) {
  EXPECT_GT((run_nested_actors<DeferredBlockAllocator<HookBackend, false>>().bad), 0);
}

}  // namespace
}  // namespace poolproof::test
