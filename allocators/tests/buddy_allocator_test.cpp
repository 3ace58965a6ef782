// The buddy allocators, for one thread: init, sizes, alignment, coalescing, and random allocs and
// frees against an array that says who owns each leaf.
#include "../buddy_allocator.hpp"

#include <gtest/gtest.h>

#include "../heap_allocator.hpp"
#include "test_buddies.hpp"

namespace poolproof::test {
namespace {

template <class Pool>
class Buddies : public BuddyPoolTest<Pool> {};
TYPED_TEST_SUITE(Buddies, AllBuddies, BuddyNames);

TYPED_TEST(Buddies, NotInitialised) {
  TypeParam pool;
  EXPECT_FALSE(pool.valid());
  EXPECT_EQ(pool.alloc(1), nullptr);
  EXPECT_EQ(pool.alloc_aligned(1, 1), nullptr);
  pool.free(nullptr);
  EXPECT_FALSE(pool.owns(&pool));
  EXPECT_FALSE(pool.owns(nullptr));
  EXPECT_FALSE(pool.must_fit(&pool, &pool + 1, 1, 1));
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.largest_free(), 0u);
  EXPECT_EQ(pool.leaf_size(), 0u);
  EXPECT_EQ(pool.violation(), nullptr);
  pool.deinit();
  EXPECT_FALSE(pool.valid());
}

TYPED_TEST(Buddies, InitErrors) {
  GuardedBuffer buffer(4096);
  CountingBase base;
  TypeParam pool;
  const auto over_buffer = [&](void* start, std::size_t size, std::size_t leaf, unsigned order) {
    const InitResult result = pool.init(start, size, leaf, order);
    EXPECT_FALSE(pool.valid());
    EXPECT_EQ(pool.alloc(1), nullptr);
    return result.error();
  };
  const auto over_base = [&](std::size_t leaf, unsigned order) {
    const InitResult result = pool.init(base, leaf, order);
    EXPECT_FALSE(pool.valid());
    EXPECT_EQ(pool.alloc(1), nullptr);
    return result.error();
  };
  EXPECT_EQ(over_buffer(buffer.data(), 4096, 0, 3), InitError::zero_size);
  EXPECT_EQ(over_base(0, 3), InitError::zero_size);
  for (const std::size_t bad : Sizes{1, 2, 4, 7, 12, 24, 100, huge}) {
    EXPECT_EQ(over_buffer(buffer.data(), 4096, bad, 3), InitError::bad_leaf_size) << bad;
    EXPECT_EQ(over_base(bad, 3), InitError::bad_leaf_size) << bad;
  }
  EXPECT_EQ(over_buffer(nullptr, 4096, 16, 3), InitError::null_buffer);
  EXPECT_EQ(over_buffer(buffer.data(), 0, 16, 3), InitError::buffer_too_small);
  EXPECT_EQ(over_buffer(buffer.data(), 4096, 4096, 0), InitError::buffer_too_small);
  EXPECT_EQ(over_buffer(buffer.data() + 16, 2048, 16, 12), InitError::buffer_too_small);
  EXPECT_EQ(over_buffer(buffer.data(), 4096, 16, 64), InitError::overflow);
  EXPECT_EQ(over_buffer(buffer.data(), 4096, huge / 2 + 1, 1), InitError::overflow);
  EXPECT_EQ(over_base(huge / 2 + 1, 3), InitError::overflow);
  EXPECT_EQ(over_base(8, 61), InitError::overflow);
  EXPECT_EQ(base.requests(), 0u);
  EXPECT_STREQ(pool.init(buffer.data(), 4096, 24, 3).message().c_str(),
               "the leaf size is not a power of two of at least 8; the next one is 32");

  ASSERT_TRUE(pool.init(buffer.data(), 4096, 16, 3)) << "a failed init must not get in the way";
  void* piece = pool.alloc(100);
  EXPECT_EQ(pool.init(buffer.data(), 4096, 16, 3).error(), InitError::already_initialised);
  EXPECT_EQ(pool.init(base, 16, 3).error(), InitError::already_initialised);
  EXPECT_EQ(pool.used(), 128u);
  pool.free(piece);
  EXPECT_EQ(base.requests(), 0u);
}

TYPED_TEST(Buddies, BufferBytesIsEnoughAndNothingOutsideIsWritten) {
  for (const unsigned order : {0U, 1U, 3U, 6U, 7U, 8U}) {
    for (const std::size_t leaf : Sizes{8, 16, 64}) {
      for (const std::size_t leaves : Sizes{1, 2, 7, 8, 64, 65, 300}) {
        for (const std::size_t offset : Sizes{0, 1, 7, 33, 64}) {
          this->make(leaves, leaf, order, offset);
          std::vector<void*> pieces;
          while (void* piece = this->pool_.alloc(leaf)) {
            ASSERT_TRUE(this->buffer_->contains(piece, leaf));
            std::memset(piece, 0, leaf);
            pieces.push_back(piece);
          }
          ASSERT_EQ(pieces.size(), this->pool_.capacity() / leaf);
          ASSERT_EQ(this->pool_.used(), this->pool_.capacity());
          ASSERT_EQ(this->pool_.largest_free(), 0u);
          ASSERT_EQ(this->pool_.violation(), nullptr);
          for (void* piece : pieces) this->pool_.free(piece);
          this->expect_whole();
          ASSERT_TRUE(this->buffer_->guards_intact());
        }
      }
    }
  }
}

TYPED_TEST(Buddies, MinimumBytesIsEnoughAtEveryOffset) {
  GuardedBuffer memory(4096);
  for (const unsigned order : {0U, 2U, 5U}) {
    TypeParam pool;
    const std::size_t minimum = pool.init(memory.data(), 1, 16, order).minimum_bytes();
    ASSERT_NE(minimum, 0u);
    for (std::size_t offset = 0; offset != 128; ++offset) {
      ASSERT_TRUE(pool.init(memory.data() + offset, minimum, 16, order));
      void* piece = pool.alloc(16);
      EXPECT_NE(piece, nullptr);
      pool.free(piece);
      pool.deinit();
    }
  }
}

TYPED_TEST(Buddies, BufferBytesSaysWhenItDoesNotFit) {
  EXPECT_EQ(TypeParam::buffer_bytes(huge, 16, 3), size_overflow);
  EXPECT_EQ(TypeParam::buffer_bytes(huge / 16, 16, 3), size_overflow);
  EXPECT_EQ(TypeParam::buffer_bytes(10, 16, 60), size_overflow);
  EXPECT_EQ(TypeParam::buffer_bytes(10, 12, 3), size_overflow);
}

// Each request takes the smallest block that holds it; what cannot be served changes nothing.
TYPED_TEST(Buddies, SizesAndAlignments) {
  this->make(512, 16, 9);
  const std::size_t most = 16 << 9;
  for (std::size_t size = 1; size <= most; size += 1 + size / 7) {
    for (std::size_t alignment = 1; alignment <= most; alignment *= 2) {
      void* piece = this->pool_.alloc_aligned(size, alignment);
      ASSERT_NE(piece, nullptr) << size << " at " << alignment;
      ASSERT_EQ(address(piece) % alignment, 0u);
      const std::size_t block = std::max<std::size_t>(16, std::bit_ceil(std::max(size, alignment)));
      ASSERT_EQ(this->pool_.used(), block);
      ASSERT_EQ(this->pool_.size_of(piece), block);
      ASSERT_TRUE(this->pool_.owns(piece));
      this->pool_.free(piece);
    }
  }
  for (const std::size_t bad : Sizes{0, most + 1, 2 * most, huge / 2, huge - 15, huge}) {
    EXPECT_EQ(this->pool_.alloc(bad), nullptr) << bad;
    EXPECT_EQ(this->pool_.alloc_aligned(bad, 16), nullptr) << bad;
  }
  for (const std::size_t bad : Sizes{0, 3, 12, 24, 2 * most, huge, huge / 2 + 1}) {
    EXPECT_EQ(this->pool_.alloc_aligned(16, bad), nullptr) << bad;
  }
  this->expect_whole();
}

// Blocks of each order fill the pool; freed in several orders of time, they are one again.
TYPED_TEST(Buddies, EveryOrderComesBackWhole) {
  for (const std::size_t leaves : Sizes{8, 64, 100, 512, 777}) {
    for (unsigned largest = 0; largest != 10; ++largest) {
      this->make(leaves, 16, largest);
      for (unsigned order = 0; order <= largest; ++order) {
        for (int way = 0; way != 3; ++way) {
          std::vector<void*> pieces;
          while (void* piece = this->pool_.alloc(std::size_t{16} << order)) pieces.push_back(piece);
          ASSERT_EQ(pieces.size(), (this->pool_.capacity() / 16) >> order);
          ASSERT_EQ(this->pool_.violation(), nullptr);
          std::mt19937 random(order);
          if (way == 1) std::reverse(pieces.begin(), pieces.end());
          if (way == 2) std::shuffle(pieces.begin(), pieces.end(), random);
          for (void* piece : pieces) this->pool_.free(piece);
          this->expect_whole();
        }
      }
    }
  }
}

// Two blocks beside each other that are no buddies stay two.
TYPED_TEST(Buddies, OnlyBuddiesAreMerged) {
  for (unsigned order = 0; order != 8; ++order) {
    this->make(512, 16, 9);
    std::vector<std::byte*> pieces;
    const std::size_t size = std::size_t{16} << order;
    while (void* piece = this->pool_.alloc(size)) pieces.push_back(static_cast<std::byte*>(piece));
    const auto at = [&](std::size_t i) { return this->first() + i * size; };
    this->pool_.free(at(1));
    this->pool_.free(at(2));
    EXPECT_EQ(this->pool_.largest_free(), size);
    EXPECT_EQ(this->pool_.alloc(2 * size), nullptr);
    this->pool_.free(at(3));
    EXPECT_EQ(this->pool_.largest_free(), 2 * size);
    EXPECT_EQ(this->pool_.alloc(2 * size), at(2));
    EXPECT_EQ(this->pool_.alloc(size), at(1));
    EXPECT_EQ(this->pool_.violation(), nullptr);
  }
}

TYPED_TEST(Buddies, MustFit) {
  this->make(40, 16, 4);
  std::byte* const first = this->first();
  const auto fits = [&](std::size_t begin, std::size_t end, std::size_t size,
                        std::size_t alignment) {
    return this->pool_.must_fit(first + begin, first + end, size, alignment);
  };
  EXPECT_TRUE(fits(0, 16, 16, 1));
  EXPECT_TRUE(fits(0, 16, 1, 16));
  EXPECT_FALSE(fits(0, 15, 1, 1));
  EXPECT_FALSE(fits(1, 31, 1, 1)) << "no whole leaf in it";
  EXPECT_TRUE(fits(1, 32, 1, 1));
  EXPECT_FALSE(fits(16, 64, 17, 1) && !fits(32, 64, 17, 1));
  EXPECT_FALSE(fits(16, 48, 17, 1)) << "two leaves, but no buddies";
  EXPECT_TRUE(fits(16, 64, 17, 1));
  EXPECT_FALSE(fits(16, 64, 1, 64));
  EXPECT_FALSE(fits(0, 16, 0, 1));
  EXPECT_FALSE(fits(0, 16, 1, 3));
  EXPECT_FALSE(fits(16, 0, 1, 1));
  EXPECT_FALSE(fits(0, 640, 257, 1)) << "over the largest order";
  EXPECT_TRUE(fits(0, 640, 256, 256));
  const std::size_t end = this->pool_.capacity();
  EXPECT_FALSE(fits(end - 8, end + 4096, 1, 1)) << "what lies past the end does not count";
  EXPECT_FALSE(fits(end, end + 64, 1, 1));
}

// Random allocs and frees. Each alloc succeeds if and only if the owners have an aligned free run.
template <class Test>
void random_against_owners(Test& test, unsigned seed, int steps, unsigned heavy,
                           LeafOwners owners) {
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  auto& pool = test;
  struct Piece {
    std::byte* start;
    unsigned order;
    unsigned owner;
  };
  std::vector<Piece> live;
  std::mt19937 random(seed);
  const std::size_t leaf = pool.leaf_size();
  for (int step = 0; step != steps; ++step) {
    if (random() % 16 < heavy) {
      const auto most = static_cast<unsigned>(random() % (pool.largest_order() + 1));
      const std::size_t size = 1 + random() % (leaf << most);
      const std::size_t alignment = random() % 4 != 0 ? 1 : leaf << random() % (most + 1);
      const unsigned order = order_of_size(std::max(size, alignment), leaf);
      const bool fits = owners.largest_free(pool.largest_order()) >= static_cast<int>(order);
      auto* start = static_cast<std::byte*>(pool.alloc_aligned(size, alignment));
      ASSERT_EQ(start != nullptr, fits) << size << " at " << alignment;
      if (start == nullptr) continue;
      const Piece piece{start, order, static_cast<unsigned>(step) + 1};
      owners.set(start, order, 0, piece.owner);
      ASSERT_TRUE(pool.must_fit(start, start + (leaf << order), size, alignment));
      std::memset(start, static_cast<int>(piece.owner), size);
      live.push_back(piece);
    } else if (!live.empty()) {
      std::swap(live[random() % live.size()], live.back());
      const Piece piece = live.back();
      live.pop_back();
      ASSERT_EQ(*piece.start, static_cast<std::byte>(piece.owner));
      owners.set(piece.start, piece.order, piece.owner, 0);
      pool.free(piece.start);
    }
    ASSERT_STREQ(pool.violation(), nullptr) << "step " << step;
    ASSERT_EQ(pool.used(), owners.used() * leaf);
    const int largest = owners.largest_free(pool.largest_order());
    ASSERT_EQ(pool.largest_free(), largest < 0 ? 0 : leaf << largest);
  }
  for (const Piece& piece : live) pool.free(piece.start);
}

TYPED_TEST(Buddies, RandomPiecesAgainstOwners) {
  for (unsigned seed = 0; seed != 40; ++seed) {
    std::mt19937 random(seed);
    const std::size_t leaves = 1 + random() % (seed % 4 == 0 ? 1500 : 200);
    const auto largest = static_cast<unsigned>(random() % 11);
    this->make(leaves, std::size_t{8} << random() % 4, largest, random() % 64);
    random_against_owners(this->pool_, seed, 300, 7 + seed % 4, this->owners());
    if (this->HasFatalFailure()) return;
    this->expect_whole();
    ASSERT_TRUE(this->buffer_->guards_intact());
  }
}

TYPED_TEST(Buddies, OwnsItsLeavesAndNothingElse) {
  this->make(20, 16, 3, 8);
  const std::byte* first = this->first();
  EXPECT_TRUE(this->pool_.owns(first));
  EXPECT_TRUE(this->pool_.owns(first + this->pool_.capacity() - 1));
  EXPECT_FALSE(this->pool_.owns(first + this->pool_.capacity()));
  EXPECT_FALSE(this->pool_.owns(first - 1));
  EXPECT_FALSE(this->pool_.owns(nullptr));
}

TYPED_TEST(Buddies, GrowsByChunksOfTheLargestOrderWhenNothingElseIsLeft) {
  CountingBase base;
  TypeParam pool(base, 16, 4);
  ASSERT_TRUE(pool.valid());
  EXPECT_EQ(base.requests(), 0u);
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.alloc(257), nullptr);
  EXPECT_EQ(base.requests(), 0u) << "no chunk would do";
  std::vector<void*> pieces;
  for (std::size_t i = 0; i != 200; ++i) {
    pieces.push_back(pool.alloc(17));
    ASSERT_NE(pieces.back(), nullptr);
    ASSERT_TRUE(pool.owns(pieces.back()));
    ASSERT_EQ(base.requests(), i / 8 + 1);
    ASSERT_EQ(pool.capacity(), (i / 8 + 1) * 256);
  }
  EXPECT_STREQ(pool.violation(), nullptr);
  // A free block of any chunk is found before the base is asked.
  for (std::size_t i = 3; i < 200; i += 8) pool.free(pieces[i]);
  for (std::size_t i = 3; i < 200; i += 8) ASSERT_NE(pieces[i] = pool.alloc(32), nullptr);
  EXPECT_EQ(base.requests(), 25u);
  void* whole = pool.alloc(256);
  EXPECT_EQ(address(whole) % 256, 0u);
  EXPECT_EQ(base.requests(), 26u);
  pool.free(whole);
  for (void* piece : pieces) pool.free(piece);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.largest_free(), 256u);
  EXPECT_STREQ(pool.violation(), nullptr);
  EXPECT_EQ(base.frees(), 0u);
  pool.deinit();
  EXPECT_EQ(base.frees(), 26u);
  EXPECT_EQ(base.live(), 0u);
}

TYPED_TEST(Buddies, ABaseThatRefuses) {
  CountingBase base;
  TypeParam pool(base, 16, 3);
  base.refuse_from(1);
  EXPECT_EQ(pool.alloc(1), nullptr);
  EXPECT_EQ(pool.largest_free(), 0u);
  base.refuse_from(4);
  std::vector<void*> pieces;
  while (void* piece = pool.alloc(100)) pieces.push_back(piece);
  EXPECT_EQ(pieces.size(), 2u);
  EXPECT_STREQ(pool.violation(), nullptr);
  base.refuse_from(CountingBase::never);
  EXPECT_NE(pool.alloc(100), nullptr);
  EXPECT_EQ(pool.capacity(), 3 * 128u);
}

TYPED_TEST(Buddies, DeinitAndInitAgain) {
  this->make(20, 16, 4);
  EXPECT_NE(this->pool_.alloc(100), nullptr);
  this->pool_.deinit();
  this->pool_.deinit();
  EXPECT_EQ(this->pool_.alloc(16), nullptr);
  EXPECT_EQ(this->pool_.used(), 0u);
  EXPECT_FALSE(this->pool_.owns(this->buffer_->data() + 16));
  this->make(300, 64, 8);
  this->expect_whole();
  HeapAllocator heap;
  this->pool_.deinit();
  for (int i = 0; i != 3; ++i) {
    ASSERT_TRUE(this->pool_.init(heap, 8, 7));
    for (int n = 0; n != 30; ++n) EXPECT_NE(this->pool_.alloc(500), nullptr);
    EXPECT_EQ(this->pool_.violation(), nullptr);
    this->pool_.deinit();
  }
}

TYPED_TEST(Buddies, ACanBeABaseOfB) {
  this->make(4096, 16, 12);
  {
    TypeParam pool(this->pool_, 16, 4);
    std::vector<void*> pieces;
    for (int i = 0; i != 40; ++i) ASSERT_NE(pool.alloc(100), nullptr);
    EXPECT_GT(this->pool_.used(), 40 * 128u);
  }
  this->expect_whole();
}

TEST(BuddyAllocator, Peak) {
  GuardedBuffer buffer(BuddyAllocator::buffer_bytes(64, 16, 6));
  BuddyAllocator pool(buffer.data(), buffer.size(), 16, 6);
  EXPECT_EQ(pool.peak(), 0u);
  void* a = pool.alloc(100);
  void* b = pool.alloc(16);
  pool.free(a);
  EXPECT_EQ(pool.peak(), 144u);
  void* c = pool.alloc(64);
  EXPECT_EQ(pool.peak(), 144u);
  pool.free(b);
  pool.free(c);
  EXPECT_EQ(pool.peak(), 144u);
  pool.deinit();
  EXPECT_EQ(pool.peak(), 0u);
}

// A header that holds more says it.
static_assert(BuddyAllocator::aligned_buffer_bytes(8, 16, 3) == 8 * 16 + 8 + 8);
static_assert(BuddyAllocator::buffer_bytes(8, 16, 3) == 8 * 16 + 8 + 8 + 127);

}  // namespace
}  // namespace poolproof::test
