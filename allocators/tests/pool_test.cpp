// Pool<T>, and StaticBlockAllocator, which it may lie over.
#include "../pool.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../bitmap_block_allocator.hpp"
#include "../block_allocator.hpp"
#include "../cached_block_allocator.hpp"
#include "../heap_allocator.hpp"
#include "../hinted_block_allocator.hpp"
#include "../locked_block_allocator.hpp"
#include "../static_block_allocator.hpp"
#include "../std_allocator.hpp"
#include "../thread_cached_block_allocator.hpp"

namespace poolproof::test {
namespace {

struct Order {
  Order(int number, std::string text) : id(number), name(std::move(text)) {
    if (number < 0) throw std::invalid_argument("a negative number");
    ++alive;
  }
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;
  ~Order() { --alive; }

  int id;
  std::string name;
  static inline int alive = 0;
};

template <class P>
class TypedPool : public testing::Test {};
using Pools = testing::Types<BlockAllocator, LockedBlockAllocator<>, LocklessBlockAllocator<>,
                             BitmapBlockAllocator<>, HintedBlockAllocator<>, CachedBlockAllocator<>,
                             ThreadCachedBlockAllocator<>>;
TYPED_TEST_SUITE(TypedPool, Pools);

TYPED_TEST(TypedPool, ObjectsComeAndGo) {
  using Orders = Pool<Order, TypeParam>;
  std::vector<std::byte> buffer(Orders::bytes_for(3));
  Orders pool(buffer.data(), buffer.size());
  ASSERT_TRUE(pool.valid());
  ASSERT_GE(pool.blocks().capacity(), 3U);
  {
    const typename Orders::Ptr first = pool.make(1, "one");
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->name, "one");
    EXPECT_TRUE(pool.blocks().owns(first.get()));
    std::shared_ptr<Order> second = pool.make(2, "two");
    const std::shared_ptr<Order> shared = second;
    EXPECT_EQ(Order::alive, 2);
    EXPECT_THROW(static_cast<void>(pool.create(-1, "none")), std::invalid_argument);
    EXPECT_EQ(pool.blocks().used(), 2U);  // that block has come back
    Order* third = pool.create(3, "three");
    pool.destroy(third);
    pool.destroy(nullptr);
  }
  EXPECT_EQ(Order::alive, 0);
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_GE(pool.peak(), 2U);
  EXPECT_LE(pool.peak(), pool.capacity());
}

TEST(TypedPool, IsNullWhenItIsFull) {
  alignas(64) std::byte buffer[Pool<int>::bytes_for(2)];
  Pool<int> pool(buffer, sizeof buffer);
  std::vector<Pool<int>::Ptr> all;
  while (Pool<int>::Ptr one = pool.make(7)) all.push_back(std::move(one));
  EXPECT_EQ(all.size(), pool.blocks().capacity());
  EXPECT_EQ(pool.create(1), nullptr);
}

TEST(TypedPool, GrowsOverABase) {
  HeapAllocator heap;
  Pool<int> pool(heap, 4);
  std::vector<Pool<int>::Ptr> all;
  for (int i = 0; i != 10; ++i) all.push_back(pool.make(i));
  EXPECT_EQ(*all[9], 9);
  EXPECT_EQ(pool.blocks().capacity(), 12U);
}

TEST(TypedPool, SharesABlockWithAControlBlock) {
  using Orders = Pool<Order, LocklessBlockAllocator<>, 64>;
  std::vector<std::byte> buffer(Orders::bytes_for(2));
  Orders pool(buffer.data(), buffer.size());
  {
    const auto shared = std::allocate_shared<Order>(
        StdAllocator<Order, LocklessBlockAllocator<>>(pool.blocks()), 4, "four");
    EXPECT_EQ(shared->id, 4);
    EXPECT_EQ(pool.blocks().used(), 1U);
  }
  EXPECT_EQ(pool.blocks().used(), 0U);
}

static_assert(Pool<long>::objects_in(Pool<long>::bytes_for(100)) >= 100);
static_assert(Pool<long>::objects_in(0) == 0);
TEST(TypedPool, SaysHowManyABufferHolds) {
  std::vector<std::byte> buffer(3000);
  for (std::size_t bytes = 0; bytes + 1 < buffer.size(); bytes += 37) {
    const std::size_t objects = Pool<long>::objects_in(bytes);
    Pool<long> pool(buffer.data() + 1, bytes);
    EXPECT_GE(pool.blocks().capacity(), objects) << bytes;
    EXPECT_GT(Pool<long>::bytes_for(objects + 1), bytes);
  }
}

TEST(StaticBlockAllocator, HasItsBlocksInline) {
  StaticBlockAllocator<4, 24, 32> pool;
  ASSERT_TRUE(pool.valid());
  EXPECT_GE(pool.capacity(), 4U);
  void* block = pool.alloc_block();
  EXPECT_EQ(address(block) % 32, 0U);
  EXPECT_LT(address(block) - address(&pool), sizeof pool);
  EXPECT_EQ(pool.used(), 1U);
  pool.free_block(block);
  EXPECT_EQ(pool.peak(), 1U);
  static StaticBlockAllocator<100, 16, 16, LocklessBlockAllocator<>> shared;
  void* blocks[100];
  EXPECT_EQ(shared.alloc_many(blocks), 100U);
  shared.free_many(blocks);
  EXPECT_EQ(shared.used(), 0U);
  EXPECT_TRUE(shared.owns(blocks[99]));
}

}  // namespace
}  // namespace poolproof::test
