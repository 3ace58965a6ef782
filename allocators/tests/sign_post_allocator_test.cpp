// SignPostAllocator and its kin over a buffer: what they share.
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>

#include "test_sign_posts.hpp"

namespace poolproof::test {
namespace {

TYPED_TEST_SUITE(SignPost, SignPostPools, SignPostNames);

TYPED_TEST(SignPost, RefusedRequestsChangeNothing) {
  this->make(10, 100);
  Allocator& pool = this->pool_;
  for (const std::size_t bad : Sizes{0, this->pool_.capacity() + 1, huge / 2, huge - 24, huge}) {
    EXPECT_EQ(pool.alloc(bad), nullptr) << bad;
    for (const std::size_t alignment : Sizes{1, 16, 4096}) {
      EXPECT_EQ(pool.alloc_aligned(bad, alignment), nullptr) << bad;
    }
  }
  for (const std::size_t bad : Sizes{0, 3, 24, huge}) {
    EXPECT_EQ(pool.alloc_aligned(8, bad), nullptr) << bad;
  }
  EXPECT_EQ(pool.alloc_aligned(8, huge / 2 + 1), nullptr);
  pool.free(nullptr);
  EXPECT_EQ(this->pool_.peak(), 0u);
  this->expect_empty();
}

TYPED_TEST(SignPost, NotInitialised) {
  EXPECT_FALSE(this->pool_.valid());
  EXPECT_EQ(this->pool_.alloc(1), nullptr);
  EXPECT_EQ(this->pool_.alloc_aligned(1, 1), nullptr);
  EXPECT_EQ(this->pool_.alloc_aligned(1, 4096), nullptr);
  EXPECT_EQ(this->pool_.capacity(), 0u);
  EXPECT_EQ(this->pool_.largest_free(), 0u);
  EXPECT_FALSE(this->pool_.owns(nullptr));
  EXPECT_FALSE(this->pool_.owns(&this->pool_));
  EXPECT_EQ(this->pool_.violation(), nullptr);
  EXPECT_FALSE(this->pool_.must_fit(&this->base_, &this->base_ + 1, 1, 1));
  this->pool_.free(nullptr);
  this->pool_.deinit();
}

TYPED_TEST(SignPost, InitErrors) {
  GuardedBuffer buffer(1024);
  TypeParam& pool = this->pool_;
  void* data = buffer.data();
  EXPECT_EQ(pool.init(data, 0).error(), InitError::zero_size);
  EXPECT_EQ(pool.init(data, 1024, 0).error(), InitError::bad_alignment);
  EXPECT_EQ(pool.init(data, 1024, 48).error(), InitError::bad_alignment);
  EXPECT_EQ(pool.init(nullptr, 1024).error(), InitError::null_buffer);
  EXPECT_EQ(pool.init(data, 24).error(), InitError::buffer_too_small);
  EXPECT_EQ(pool.init(data, 1024, 4096).error(), InitError::buffer_too_small);
  EXPECT_EQ(pool.init(data, 1024, huge / 2 + 1).error(), InitError::overflow);
  EXPECT_EQ(pool.init(this->base_, 0).error(), InitError::zero_size);
  EXPECT_EQ(pool.init(this->base_, 64, 48).error(), InitError::bad_alignment);
  EXPECT_EQ(pool.init(this->base_, 64, huge / 2 + 1).error(), InitError::overflow);
  EXPECT_EQ(pool.init(this->base_, huge).error(), InitError::too_large);
  EXPECT_FALSE(pool.valid());
  EXPECT_EQ(this->base_.requests(), 0u);
  ASSERT_TRUE(pool.init(data, 1024)) << "a failed init must not get in the way";
  EXPECT_NE(pool.alloc(900), nullptr);
  EXPECT_EQ(pool.init(data, 1024).error(), InitError::already_initialised);
  EXPECT_EQ(pool.init(this->base_, 64).error(), InitError::already_initialised);
  EXPECT_EQ(pool.alloc(900), nullptr) << "a second init must change nothing";
  pool.deinit();
}

TYPED_TEST(SignPost, MinimumBytesIsEnoughAtEveryOffsetAndOneLessIsNot) {
  GuardedBuffer memory(512);
  for (const std::size_t alignment : Sizes{1, 8, 16, 64}) {
    const std::size_t minimum = this->pool_.init(memory.data(), 1, alignment).minimum_bytes();
    std::size_t refused = 0;
    for (std::size_t offset = 0; offset != 64; ++offset) {
      ASSERT_TRUE(this->pool_.init(memory.data() + offset, minimum, alignment));
      void* piece = this->pool_.alloc(1);
      ASSERT_NE(piece, nullptr);
      EXPECT_TRUE(memory.contains(piece, this->pool_.size_of(piece)));
      this->pool_.deinit();
      const InitResult less = this->pool_.init(memory.data() + offset, minimum - 1, alignment);
      if (less.error() == InitError::buffer_too_small) ++refused;
      this->pool_.deinit();
    }
    EXPECT_GE(refused, 1u) << "one byte less was enough everywhere";
  }
}

TYPED_TEST(SignPost, BufferBytesHoldWhatTheySayWhereverTheBufferLies) {
  for (const std::size_t alignment : Sizes{1, 8, 16, 32, 256}) {
    for (const std::size_t size : Sizes{1, 24, 25, 100, 1000}) {
      for (const std::size_t offset : Sizes{0, 1, 8, 15, 200}) {
        this->make(7, size, alignment, offset);
        EXPECT_EQ(this->pool_.alignment(), std::max<std::size_t>(alignment, 8));
        const std::vector<void*> pieces = this->fill({size});
        EXPECT_GE(pieces.size(), 7u) << size << " aligned to " << alignment;
        for (void* piece : pieces) EXPECT_EQ(address(piece) % alignment, 0u);
        for (void* piece : pieces) this->pool_.free(piece);
        this->expect_empty();
      }
    }
  }
  EXPECT_EQ(TypeParam::buffer_bytes(huge / 8, 100, 16), size_overflow);
  EXPECT_EQ(TypeParam::buffer_bytes(1, huge - 4, 16), size_overflow);
}

// The teacher's example: a third is free, in holes, and none of them will do.
TYPED_TEST(SignPost, HolesOf512DoNotHold1024) {
  this->make(100, 1500);
  const std::vector<void*> pieces = this->fill({1024, 512});
  for (std::size_t i = 1; i < pieces.size(); i += 2) this->pool_.free(pieces[i]);
  EXPECT_EQ(this->pool_.violation(), nullptr);
  EXPECT_LT(this->pool_.used(), this->pool_.capacity() * 7 / 10);
  EXPECT_LT(this->pool_.largest_free(), 1024u + 512u);
  if (this->pool_.largest_free() < 1024) {
    EXPECT_EQ(this->pool_.alloc(1024), nullptr);
  }
  EXPECT_NE(this->pool_.alloc(512), nullptr);
  EXPECT_EQ(this->pool_.violation(), nullptr);
}

// Where a search by classes alone would round 1040 up, and find nothing.
TYPED_TEST(SignPost, WhatFitsExactlyIsFoundAgain) {
  for (std::size_t size = 1; size < 5000; size += size < 1100 ? 13 : 101) {
    this->make(3, size);
    const std::vector<void*> pieces = this->fill({size});
    ASSERT_GE(pieces.size(), 3u);
    this->pool_.free(pieces[1]);
    EXPECT_EQ(this->pool_.alloc(size), pieces[1]) << size;
  }
  this->make(3, 1040);
  const std::vector<void*> pieces = this->fill({1040});
  this->pool_.free(pieces[0]);
  EXPECT_EQ(this->pool_.alloc(1040), pieces[0]);
}

TYPED_TEST(SignPost, LargestFreeIsServedAndNoByteMore) {
  std::mt19937_64 random(11);
  this->make(50, 300);
  std::vector<void*> pieces;
  for (int i = 0; i != 300; ++i) {
    if (void* piece = this->pool_.alloc(log_uniform(random, 700))) pieces.push_back(piece);
    if (pieces.empty() || random() % 2 == 0) continue;
    std::swap(pieces[random() % pieces.size()], pieces.back());
    this->pool_.free(pieces.back());
    pieces.pop_back();
    const std::size_t most = this->pool_.largest_free();
    ASSERT_EQ(this->pool_.alloc(most + 1), nullptr);
    void* largest = this->pool_.alloc(most);
    ASSERT_EQ(largest == nullptr, most == 0);
    this->pool_.free(largest);
    ASSERT_EQ(this->pool_.largest_free(), most);
  }
}

TYPED_TEST(SignPost, FreedInAnyOrderItIsOneSegmentAgain) {
  std::mt19937_64 random(5);
  this->make(60, 200);
  for (int order = 0; order != 30; ++order) {
    std::vector<void*> pieces = this->fill({24, 200, 1, 700, 64});
    if (order == 1) std::reverse(pieces.begin(), pieces.end());
    if (order > 1) std::shuffle(pieces.begin(), pieces.end(), random);
    for (void* piece : pieces) {
      this->pool_.free(piece);
      ASSERT_EQ(this->pool_.violation(), nullptr);
    }
    this->expect_empty();
  }
}

// The four cases of a free: beside nothing free, before, behind, and between two free segments.
TYPED_TEST(SignPost, MergesWithBothNeighbours) {
  for (unsigned freed = 0; freed != 4; ++freed) {
    this->make(5, 100);
    std::vector<void*> pieces = this->fill({100});
    ASSERT_GE(pieces.size(), 5u);
    if ((freed & 1) != 0) this->pool_.free(pieces[1]);
    if ((freed & 2) != 0) this->pool_.free(pieces[3]);
    const std::size_t one = this->pool_.size_of(pieces[2]);
    const std::size_t merged = 1u + (freed & 1) + (freed >> 1);
    this->pool_.free(pieces[2]);
    EXPECT_EQ(this->pool_.violation(), nullptr);
    EXPECT_EQ(this->pool_.largest_free(), merged * one + (merged - 1) * PostsOf<TypeParam>::bytes);
  }
}

TYPED_TEST(SignPost, CountsBytesAsRounded) {
  this->make(10, 100);
  void* a = this->pool_.alloc(1);
  void* b = this->pool_.alloc(100);
  const std::size_t both = this->pool_.size_of(a) + this->pool_.size_of(b);
  EXPECT_GE(this->pool_.size_of(b), 100u);
  EXPECT_LE(this->pool_.size_of(b), 100u + 16u);
  EXPECT_LE(this->pool_.size_of(a), PostsOf<TypeParam>::least - PostsOf<TypeParam>::bytes + 16);
  EXPECT_EQ(this->pool_.used(), both);
  this->pool_.free(b);
  EXPECT_EQ(this->pool_.used(), this->pool_.size_of(a));
  EXPECT_EQ(this->pool_.peak(), both);
  this->pool_.free(a);
  EXPECT_EQ(this->pool_.used(), 0u);
  EXPECT_EQ(this->pool_.peak(), both);
}

TYPED_TEST(SignPost, AlignsToAnyPowerOfTwo) {
  for (const std::size_t own : Sizes{8, 16, 64}) {
    this->make(400, 100, own, 24);
    for (std::size_t alignment = 1; alignment <= 8192; alignment *= 2) {
      std::vector<void*> pieces;
      for (const std::size_t size : Sizes{1, 24, 100, 1000}) {
        void* piece = this->pool_.alloc_aligned(size, alignment);
        ASSERT_NE(piece, nullptr) << size << " aligned to " << alignment;
        EXPECT_EQ(address(piece) % std::max(alignment, own), 0u);
        std::memset(piece, 0x33, size);
        EXPECT_EQ(this->pool_.violation(), nullptr);
        pieces.push_back(piece);
      }
      for (void* piece : pieces) this->pool_.free(piece);
      this->expect_empty();
    }
  }
}

// One chunk's worth of pieces, by chance: after each step everything is looked at.
template <class Pool>
void random_steps(std::uint64_t seed, std::size_t alignment, std::size_t offset, int steps) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", alignment " + std::to_string(alignment));
  std::mt19937_64 random(seed);
  const GuardedBuffer buffer(std::size_t{2000} << (random() % 4), offset);
  Pool pool(buffer.data(), buffer.size(), alignment);
  ASSERT_TRUE(pool.valid());
  PieceOracle<Pool> oracle(pool, buffer);
  oracle.find_ends();
  const std::size_t most = random() % 2 == 0 ? 300 : buffer.size();
  for (int step = 0; step != steps; ++step) {
    if (random() % 5 < 3) {
      const std::size_t bytes = log_uniform(random, most);
      const std::size_t wanted = random() % 3 == 0 ? std::size_t{1} << (random() % 11) : 1;
      const bool room = oracle.is_room(bytes, wanted);
      const bool must = oracle.must_fit(bytes, wanted);
      void* piece = wanted == 1 ? pool.alloc(bytes) : pool.alloc_aligned(bytes, wanted);
      ASSERT_EQ(piece != nullptr, room) << bytes << " aligned to " << wanted;
      ASSERT_TRUE(piece != nullptr || !must) << "must_fit promised room";
      if (piece != nullptr) oracle.add(piece, bytes, wanted);
    } else if (oracle.live() != 0) {
      oracle.free(oracle.nth(random() % oracle.live()));
    }
    ASSERT_EQ(pool.violation(), nullptr);
    if (::testing::Test::HasFatalFailure()) return;
  }
  oracle.free_all();
  EXPECT_EQ(pool.largest_free(), pool.capacity());
  EXPECT_TRUE(buffer.guards_intact());
}

TYPED_TEST(SignPost, DoesByChanceWhatAnOracleSays) {
  for (std::uint64_t seed = 1; seed != 25; ++seed) {
    for (const std::size_t alignment : Sizes{8, 16, 32}) {
      random_steps<TypeParam>(seed, alignment, seed * 8 % 56 + seed % 2, 300);
      if (this->HasFatalFailure()) return;
    }
  }
}

// must_fit would be useless, were it always false: a gap that is a little larger must do.
TYPED_TEST(SignPost, MustFitIsTight) {
  for (const std::size_t alignment : Sizes{8, 16, 32, 64}) {
    this->make(5, 400, alignment);
    std::vector<void*> pieces = this->fill({400});
    ASSERT_GE(pieces.size(), 5u);
    auto* before = static_cast<std::byte*>(pieces[1]);
    const std::size_t room = this->pool_.size_of(pieces[2]);
    const auto must = [&](std::size_t bytes) {
      return this->pool_.must_fit(before + 400, pieces[3], bytes, 1);
    };
    EXPECT_FALSE(must(0));
    EXPECT_FALSE(must(room + 1));
    EXPECT_TRUE(must(room - 2 * PostsOf<TypeParam>::least));
    EXPECT_EQ(must(room), alignment >= PostsOf<TypeParam>::least) << "no rest is too small then";
    EXPECT_TRUE(must(1));
    EXPECT_FALSE(this->pool_.must_fit(before + 400, pieces[2], 1, 1)) << "no gap at all";
    const std::byte* end = this->buffer_->data() + this->buffer_->size();
    EXPECT_TRUE(this->pool_.must_fit(this->buffer_->data(), end, this->pool_.capacity(), 1));
    EXPECT_FALSE(this->pool_.must_fit(this->buffer_->data(), end, this->pool_.capacity() + 1, 1));
  }
}

}  // namespace
}  // namespace poolproof::test
