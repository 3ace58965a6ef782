// alloc_many and free_many: of all block pools, and what one operation on the list means.
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <vector>

#include "../deferred_block_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "test_base.hpp"
#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

template <class Pool>
std::vector<void*> alloc_many(Pool& pool, std::size_t count) {
  std::vector<void*> blocks(count);
  blocks.resize(pool.alloc_many(blocks));
  return blocks;
}

template <class Pool>
using PoolOfMany = BlockPool<Pool>;
TYPED_TEST_SUITE(PoolOfMany, AllPools, PoolNames);

TYPED_TEST(PoolOfMany, GivesWhatThereIs) {
  this->make(10, 24, 8);
  EXPECT_EQ(alloc_many(this->pool_, 0).size(), 0u);
  std::vector<void*> blocks = alloc_many(this->pool_, 4);
  ASSERT_EQ(blocks.size(), 4u);
  const std::vector<void*> rest = alloc_many(this->pool_, 20);
  EXPECT_EQ(rest.size(), 6u);
  EXPECT_EQ(alloc_many(this->pool_, 1).size(), 0u);
  blocks.insert(blocks.end(), rest.begin(), rest.end());
  expect_sound(this->pool_, blocks);
  EXPECT_EQ(this->pool_.used(), 10u);
  this->pool_.free_many({});
  this->pool_.free_many(blocks);
  EXPECT_EQ(this->pool_.used(), 0u);
  expect_all_come_back(this->pool_);
}

// What is freed as many comes back as single ones, and the other way round.
TYPED_TEST(PoolOfMany, MixesWithSingleOnes) {
  this->make(8, 24, 8);
  for (int round = 0; round != 20; ++round) {
    std::vector<void*> blocks = alloc_many(this->pool_, 3);
    while (void* block = this->pool_.alloc_block()) blocks.push_back(block);
    ASSERT_EQ(blocks.size(), 8u);
    expect_sound(this->pool_, blocks);
    for (int single = 0; single != round % 5; ++single) {
      this->pool_.free_block(blocks.back());
      blocks.pop_back();
    }
    this->pool_.free_many(blocks);
    ASSERT_EQ(this->pool_.used(), 0u);
  }
  expect_all_come_back(this->pool_);
}

TYPED_TEST(PoolOfMany, GrowsAsFarAsTheBaseGives) {
  CountingBase base;
  TypeParam pool(base, 24, 8, 4);
  const std::vector<void*> blocks = alloc_many(pool, 9);
  ASSERT_EQ(blocks.size(), 9u);
  EXPECT_EQ(base.requests(), 3u);
  base.refuse_from(base.requests() + 1);
  EXPECT_EQ(alloc_many(pool, 9).size(), 3u) << "what was left of the third chunk";
  pool.free_many(blocks);
  EXPECT_EQ(alloc_many(pool, 20).size(), 9u);
}

template <class Pool>
class HookedPoolOfMany : public ::testing::Test {};
using HookedPools =
    ::testing::Types<LocklessBlockAllocator<HookBackend>, DeferredBlockAllocator<HookBackend>>;
TYPED_TEST_SUITE(HookedPoolOfMany, HookedPools);

// Of count accesses of that kind the last is reached, and no further one.
template <class Work>
void expect_accesses(Access access, int count, Work work) {
  if (count != 0) {
    HookBackend::before(access, count, [] {});
    work();
    EXPECT_FALSE(HookBackend::clear()) << "fewer than " << count;
  }
  HookBackend::before(access, count + 1, [] {});
  work();
  EXPECT_TRUE(HookBackend::clear()) << "more than " << count;
}

TYPED_TEST(HookedPoolOfMany, OneOperationOnTheListForAll) {
  HookedPool<TypeParam> p(20);
  p.pool.free_many(p.blocks);
  std::vector<void*> blocks(10);
  expect_accesses(Access::word_cas, 2, [&] {
    ASSERT_EQ(p.pool.alloc_many(blocks), 10u);
    p.pool.free_many(blocks);
  });
}

// Every interleaving of two accesses of three actors, see NestedActors.
TYPED_TEST(HookedPoolOfMany, SurvivesNestedActors) {
  const auto all = run_nested_actors<TypeParam>({"A", "AF", "af", "aaF", "AFA", "AfF"});
  EXPECT_EQ(all.bad, 0) << "of " << all.executions;
  EXPECT_GT(all.executions, 50'000);
}

// The same with the cures switched off: the test can fail.
TEST(BrokenPoolOfMany, NestedActorsFindWhatIsBroken) {
  const std::vector<std::string> actors = {"A", "AF", "aaF", "AfF"};
  EXPECT_GT((run_nested_actors<LocklessBlockAllocator<HookBackend, 0>>(actors).bad), 0);
  EXPECT_GT((run_nested_actors<DeferredBlockAllocator<HookBackend, false>>(actors).bad), 0);
}

}  // namespace
}  // namespace poolproof::test
