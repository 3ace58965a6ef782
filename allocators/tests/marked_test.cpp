// What marks must not change: the memory that the base sees. (That a marked pool behaves as a pool
// is in the tests of all pools, and what the tools see in marked_asan_test.cpp and
// marked_valgrind_test.cpp.)
#include "../marked.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "../linear_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

// A base that writes down what it is asked for.
class RecordingBase final : public Allocator {
 public:
  using Request = std::pair<std::size_t, std::size_t>;  // bytes, alignment
  void* alloc(std::size_t byte_size) noexcept override { return alloc_aligned(byte_size, 1); }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    requests.emplace_back(byte_size, alignment);
    return heap.alloc_aligned(byte_size, alignment);
  }
  void free(void* pointer) noexcept override {
    freed.push_back(pointer);
    heap.free(pointer);
  }
  bool owns(const void*) const noexcept override { return false; }

  CountingBase heap;
  std::vector<Request> requests;
  std::vector<void*> freed;
};

template <class Pool>
class MarkedOver : public ::testing::Test {};
using UnmarkedPools = ::testing::Types<BlockAllocator, LockedBlockAllocator<>,
                                       LocklessBlockAllocator<>, DeferredBlockAllocator<>>;
TYPED_TEST_SUITE(MarkedOver, UnmarkedPools, PoolNames);

TYPED_TEST(MarkedOver, AsksTheBaseForTheSame) {
  RecordingBase plain;
  RecordingBase marked;
  {
    TypeParam pool(plain, 24, 8, 4);
    Marked<TypeParam> same(marked, 24, 8, 4);
    EXPECT_EQ(drain(pool, 70).size(), 70u);
    EXPECT_EQ(drain(same, 70).size(), 70u);
    EXPECT_EQ(same.capacity(), pool.capacity());
  }
  EXPECT_EQ(plain.requests.size(), 18u);
  EXPECT_EQ(marked.requests, plain.requests);
  EXPECT_EQ(marked.freed.size(), 18u);
}

template <class Pool>
class MarkedOverIndexed : public ::testing::Test {};
TYPED_TEST_SUITE(MarkedOverIndexed, IndexedPools, PoolNames);

TYPED_TEST(MarkedOverIndexed, TakesMostBlocks) {
  CountingBase base;
  Marked<TypeParam> pool(base, 24, 8, 4, 8);
  EXPECT_EQ(drain(pool).size(), 8u);
  pool.deinit();
  ASSERT_TRUE(pool.init(base, 24, 8, 4, 16));
  EXPECT_EQ(drain(pool).size(), 16u);
}

// In a linear base's chunks and in a buffer nothing may be left that hinders their next user.
TYPED_TEST(MarkedOver, LeavesItsMemoryAsAnyOther) {
  GuardedBuffer buffer(4096);
  for (int round = 0; round != 3; ++round) {
    LinearAllocator linear(buffer.data(), buffer.size());
    for (int i = 0; i != 2; ++i) {
      Marked<TypeParam> pool(linear, 40, 8, 4);
      const std::vector<void*> blocks = drain(pool, 6);
      ASSERT_EQ(blocks.size(), 6u);
      pool.free_many(std::span(blocks).first(3));
    }
    std::memset(buffer.data(), round, buffer.size());
    Marked<TypeParam> pool(buffer.data(), buffer.size(), 40, 8);
    const std::vector<void*> blocks = drain(pool);
    for (void* block : blocks) std::memset(block, round, 40);
    free_all(pool, blocks);
    pool.deinit();
    std::memset(buffer.data(), round, buffer.size());
  }
  EXPECT_TRUE(buffer.guards_intact());
}

// A marked pool as the base of another one.
TYPED_TEST(MarkedOver, CanBeABase) {
  GuardedBuffer buffer(Marked<TypeParam>::buffer_bytes(6, 512, 512));
  Marked<TypeParam> base(buffer.data(), buffer.size(), 512, 512);
  for (int round = 0; round != 3; ++round) {
    Marked<TypeParam> pool(base, 64, 8, 4);
    const std::vector<void*> blocks = drain(pool, 24);
    ASSERT_EQ(blocks.size(), 24u);
    for (void* block : blocks) std::memset(block, round, 64);
    free_all(pool, blocks);
  }
  expect_all_come_back(base);
}

}  // namespace
}  // namespace poolproof::test
