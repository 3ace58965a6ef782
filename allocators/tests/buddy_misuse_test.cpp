// The buddy allocators stop the program on a free that is wrong.
#include <gtest/gtest.h>

#include "test_buddies.hpp"

namespace poolproof::test {
namespace {

template <class Pool>
class BuddyDeathTest : public BuddyPoolTest<Pool> {
 protected:
  BuddyDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
TYPED_TEST_SUITE(BuddyDeathTest, AllBuddies, BuddyNames);

TYPED_TEST(BuddyDeathTest, FreesThatAreWrongStopTheProgram) {
  this->make(512, 16, 9);
  auto& pool = this->pool_;
  auto* small = static_cast<std::byte*>(pool.alloc(16));
  auto* piece = static_cast<std::byte*>(pool.alloc(64));
  auto* large = static_cast<std::byte*>(pool.alloc(16 << 7));
  EXPECT_DEATH(pool.free(piece + 16), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(pool.free(piece + 8), "poolproof: free: not the start of a piece");
  EXPECT_DEATH(pool.free(large + 1024), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(pool.free(this->first() - 16), "poolproof: free: not a piece of this pool");
  EXPECT_DEATH(pool.free(this->buffer_->data() + this->buffer_->size()),
               "poolproof: free: not a piece of this pool");
  int local = 0;
  EXPECT_DEATH(pool.free(&local), "poolproof: free: not a piece of this pool");
  for (auto* wrong : {small, piece, large}) {
    pool.free(wrong);
    EXPECT_DEATH(pool.free(wrong), "poolproof: free: not the start of a piece in use");
  }
  pool.free(nullptr);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.violation(), nullptr);
  // Its memory is another piece's now, that begins before it.
  void* around = pool.alloc(16 << 9);
  ASSERT_EQ(around, this->first());
  std::byte* inside = piece == around ? small : piece;
  EXPECT_DEATH(pool.free(inside), "poolproof: free: not the start of a piece in use");
  pool.free(around);
  this->expect_whole();
}

TYPED_TEST(BuddyDeathTest, OverABaseToo) {
  CountingBase base;
  TypeParam pool(base, 16, 3);
  auto* one = static_cast<std::byte*>(pool.alloc(128));
  auto* two = static_cast<std::byte*>(pool.alloc(16));
  EXPECT_EQ(base.requests(), 2u);
  EXPECT_DEATH(pool.free(one + 16), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(pool.free(two + 16), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(pool.free(&base), "poolproof: free: not a piece of this pool");
  TypeParam none;
  EXPECT_DEATH(none.free(one), "poolproof: free: not a piece of this pool");
}

}  // namespace
}  // namespace poolproof::test
