// Block pools that grow from a base: how often it is asked, refusal and recovery, giving back.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "../hardened.hpp"
#include "../heap_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

template <class Pool>
class GrowingPool : public ::testing::Test {
 protected:
  CountingBase base_;  // first, so that it outlives the pool
  Pool pool_;
};
TYPED_TEST_SUITE(GrowingPool, AllPools, PoolNames);

TYPED_TEST(GrowingPool, AsksOnlyWhenItMust) {
  ASSERT_TRUE(this->pool_.init(this->base_, 24, 8, 5));
  EXPECT_EQ(this->base_.requests(), 0u) << "asked before the first block was wanted";
  EXPECT_EQ(this->pool_.capacity(), 0u);
  for (std::size_t n = 1; n != 1000; ++n) {
    ASSERT_NE(this->pool_.alloc_block(), nullptr);
    ASSERT_EQ(this->base_.requests(), (n + 4) / 5);
    ASSERT_EQ(this->pool_.capacity(), 5 * this->base_.requests());
  }
}

TYPED_TEST(GrowingPool, FreedBlocksComeBeforeANewChunk) {
  ASSERT_TRUE(this->pool_.init(this->base_, 16, 8, 4));
  for (int round = 0; round != 50; ++round) {
    const std::vector<void*> blocks = drain(this->pool_, 12);
    ASSERT_EQ(blocks.size(), 12u);
    expect_sound(this->pool_, blocks);
    free_all(this->pool_, blocks);
  }
  EXPECT_EQ(this->base_.requests(), 3u);
  expect_all_come_back(this->pool_);
}

TYPED_TEST(GrowingPool, HundredsOfChunks) {
  constexpr std::size_t chunks = 300;  // nine levels of the directory
  for (const std::size_t per_chunk : Sizes{1, 3, 5, 64}) {
    for (const std::size_t alignment : Sizes{1, 64}) {
      CountingBase base;
      TypeParam pool(base, 40, alignment, per_chunk);
      const std::vector<void*> blocks = drain(pool, chunks * per_chunk);
      ASSERT_EQ(base.live(), chunks);
      ASSERT_EQ(pool.peak(), blocks.size());
      std::vector<void*> sorted = blocks;  // owns walks the chunks: look at some blocks only
      std::sort(sorted.begin(), sorted.end(), std::less<>());
      for (std::size_t i = 0; i != sorted.size(); ++i) {
        ASSERT_EQ(address(sorted[i]) % pool.alignment(), 0u);
        if (i != 0) {
          ASSERT_GE(address(sorted[i]) - address(sorted[i - 1]), pool.block_size());
        }
        if (i % 97 == 0) {
          ASSERT_TRUE(pool.owns(sorted[i]) && base.owns(sorted[i]));
        }
        std::memset(sorted[i], 0, pool.block_size());
      }
      EXPECT_FALSE(pool.owns(&base));
      free_all(pool, blocks);
      ASSERT_EQ(pool.used(), 0u);
      ASSERT_EQ(drain(pool, blocks.size()).size(), blocks.size());
      ASSERT_EQ(base.requests(), chunks) << "grew while blocks were free";
    }
  }
}

TYPED_TEST(GrowingPool, BaseRefusesTheFirstRequest) {
  this->base_.refuse_from(1);
  ASSERT_TRUE(this->pool_.init(this->base_, 16, 8, 2));
  EXPECT_EQ(this->pool_.alloc_block(), nullptr);
  EXPECT_EQ(this->pool_.alloc_block(), nullptr);
  EXPECT_EQ(this->base_.requests(), 2u);
  EXPECT_EQ(this->pool_.capacity(), 0u);
  EXPECT_EQ(this->pool_.used(), 0u);
  this->base_.refuse_from(CountingBase::never);
  EXPECT_EQ(drain(this->pool_, 20).size(), 20u);
}

TYPED_TEST(GrowingPool, BaseRefusesTheThirdRequest) {
  this->base_.refuse_from(3);
  ASSERT_TRUE(this->pool_.init(this->base_, 16, 8, 4));
  const std::vector<void*> blocks = drain(this->pool_);
  EXPECT_EQ(blocks.size(), 8u);
  EXPECT_EQ(this->pool_.alloc_block(), nullptr);
  this->pool_.free_block(blocks[3]);
  EXPECT_EQ(this->pool_.alloc_block(), blocks[3]) << "a refusal must not cost free blocks";
  this->base_.refuse_from(CountingBase::never);
  EXPECT_NE(this->pool_.alloc_block(), nullptr);
  EXPECT_EQ(this->base_.live(), 3u);
  EXPECT_EQ(this->pool_.capacity(), 12u);
  EXPECT_EQ(this->pool_.used(), 9u);
}

TYPED_TEST(GrowingPool, DeinitGivesEveryChunkBackOnce) {
  ASSERT_TRUE(this->pool_.init(this->base_, 16, 8, 3));
  const std::vector<void*> blocks = drain(this->pool_, 40);
  this->pool_.free_block(blocks[5]);
  EXPECT_EQ(this->base_.live(), 14u);
  this->pool_.deinit();
  EXPECT_EQ(this->base_.live(), 0u);
  EXPECT_EQ(this->base_.frees(), 14u);
  EXPECT_FALSE(this->pool_.valid());
  EXPECT_EQ(this->pool_.alloc_block(), nullptr);
  EXPECT_FALSE(this->pool_.owns(blocks[5]));
  EXPECT_EQ(this->pool_.capacity(), 0u);
  EXPECT_EQ(this->pool_.used(), 0u);
  EXPECT_EQ(this->pool_.peak(), 0u);
  this->pool_.deinit();
  EXPECT_EQ(this->base_.frees(), 14u);
  EXPECT_EQ(this->base_.requests(), 14u) << "asked after deinit";
  ASSERT_TRUE(this->pool_.init(this->base_, 100, 32, 7));
  EXPECT_EQ(drain(this->pool_, 15).size(), 15u);
  EXPECT_EQ(this->base_.live(), 3u);
}

TYPED_TEST(GrowingPool, DestructorGivesEveryChunkBackOnce) {
  {
    TypeParam pool(this->base_, 16, 8, 3);
    EXPECT_EQ(drain(pool, 40).size(), 40u);
    EXPECT_EQ(this->base_.live(), 14u);
  }
  EXPECT_EQ(this->base_.live(), 0u);
  EXPECT_EQ(this->base_.frees(), 14u);
  { TypeParam unused(this->base_, 16, 8, 3); }
  EXPECT_EQ(this->base_.requests(), 14u);
}

TYPED_TEST(GrowingPool, APoolCanBeABase) {
  // Static, so that no two tests put mutexes at the same address: ThreadSanitizer cannot see that
  // a std::mutex has died, and would report that this type and the next lock in opposite orders.
  static TypeParam chunks;
  static TypeParam blocks;
  ASSERT_TRUE(chunks.init(this->base_, 1024, 1024, 4));
  ASSERT_TRUE(blocks.init(chunks, 24, 8, 10));
  EXPECT_EQ(drain(blocks, 35).size(), 35u);
  EXPECT_EQ(chunks.used(), 4u);
  blocks.deinit();
  EXPECT_EQ(chunks.used(), 0u);
  chunks.deinit();
  EXPECT_EQ(this->base_.frees(), 1u);
}

// A heap takes at most a header more than it is asked for, and what an alignment skips.
class PricedBase final : public Allocator {
 public:
  void* alloc(std::size_t byte_size) noexcept override { return alloc_aligned(byte_size, 16); }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    bytes_ += byte_size + 16 + (alignment <= 16 ? 0 : alignment);
    return heap_.alloc_aligned(byte_size, alignment);
  }
  void free(void* pointer) noexcept override { heap_.free(pointer); }
  bool owns(const void*) const noexcept override { return false; }
  std::size_t bytes() const { return bytes_; }

 private:
  HeapAllocator heap_;
  std::size_t bytes_ = 0;
};

// The blocks and their links, and a tenth of that, whatever their size and number, at every moment.
TYPED_TEST(GrowingPool, CostsLittleMoreThanItsBlocks) {
  for (const std::size_t size : Sizes{8, 16, 24, 40, 64, 100, 256, 260, 1000, 1024, 4096, 5000}) {
    for (const std::size_t per_chunk : Sizes{1, 2, 3, 16, 31, 64, 100, 257, 1024}) {
      if (size * per_chunk < 1024 || size * per_chunk > 300'000) continue;
      PricedBase base;
      TypeParam pool(base, size, 8, per_chunk);
      for (std::size_t chunks = 1; chunks != 70; ++chunks) {
        ASSERT_EQ(drain(pool, per_chunk).size(), per_chunk);
        const std::size_t least = chunks * per_chunk * (pool.block_size() + 4);
        ASSERT_LE(base.bytes() * 10, least * 11) << size << " x " << per_chunk << " x " << chunks;
      }
    }
  }
}

template <class Pool>
class GrowingIndexedPool : public GrowingPool<Pool> {};
TYPED_TEST_SUITE(GrowingIndexedPool, IndexedPools, PoolNames);

TYPED_TEST(GrowingIndexedPool, MostBlocksIsRoundedUpToWholeChunks) {
  for (const std::size_t per_chunk : Sizes{1, 3, 4, 5, 64}) {
    for (const std::size_t most : Sizes{1, 4, 7, 8, 63, 64, 200}) {
      CountingBase base;
      TypeParam pool(base, 8, 8, per_chunk, most);
      const std::size_t chunks = (most + per_chunk - 1) / per_chunk;
      const std::vector<void*> blocks = drain(pool, 10 * most + 1000);
      ASSERT_EQ(blocks.size(), chunks * per_chunk) << per_chunk << ' ' << most;
      EXPECT_EQ(pool.alloc_block(), nullptr);
      EXPECT_EQ(base.requests(), chunks) << "asked for a chunk that it cannot number";
      expect_sound(pool, blocks);
      free_all(pool, blocks);
      expect_all_come_back(pool);
    }
  }
}

TYPED_TEST(GrowingIndexedPool, TooManyBlocks) {
  constexpr std::size_t most_bits = std::is_same_v<TypeParam, DeferredBlockAllocator<>> ? 24 : 32;
  TypeParam& pool = this->pool_;
  const std::size_t too_many = std::size_t{1} << most_bits;
  EXPECT_EQ(pool.init(this->base_, 8, 8, too_many).error(), InitError::too_many_blocks);
  EXPECT_EQ(pool.init(this->base_, 8, 8, 4, too_many).error(), InitError::too_many_blocks);
  EXPECT_EQ(pool.init(this->base_, 8, 8, 4, huge).error(), InitError::too_many_blocks);
  EXPECT_EQ(pool.init(this->base_, 8, 8, huge).error(), InitError::too_many_blocks);
  EXPECT_FALSE(pool.valid());
  EXPECT_EQ(pool.init(this->base_, 8, 8, too_many).right(), too_many / 2);
  ASSERT_TRUE(pool.init(this->base_, 8, 8, too_many / 2));
  pool.deinit();
  for (const std::size_t per_chunk : Sizes{3, 4, 1000}) {
    const std::size_t right = pool.init(this->base_, 8, 8, per_chunk, huge).right();
    ASSERT_TRUE(pool.init(this->base_, 8, 8, per_chunk, right)) << per_chunk;
    pool.deinit();
    EXPECT_FALSE(pool.init(this->base_, 8, 8, per_chunk, right + 1)) << per_chunk;
    pool.deinit();
  }
  ASSERT_TRUE(pool.init(this->base_, 8, 8, 4, too_many - 4));
  EXPECT_EQ(drain(pool, 9).size(), 9u);
}

// 3 blocks take the indices of 4: one bit more than the nonce can spare below 2^24 blocks.
TYPED_TEST(GrowingIndexedPool, UnusedIndicesCostNoNonce) {
  EXPECT_EQ(this->pool_.init(this->base_, 8, 8, 3, (1 << 24) - 1).error(),
            InitError::too_many_blocks);
  EXPECT_TRUE(this->pool_.init(this->base_, 8, 8, 4, (1 << 24) - 4));
}

TYPED_TEST(GrowingIndexedPool, ABlockOfATwinPoolStopsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  TypeParam& pool = this->pool_;
  TypeParam twin;
  ASSERT_TRUE(pool.init(this->base_, 16, 16, 4));
  ASSERT_TRUE(twin.init(this->base_, 16, 16, 4));
  const std::vector<void*> ours = drain(pool, 9);  // three chunks
  const std::vector<void*> theirs = drain(twin, 21);
  for (void* block : theirs) {
    EXPECT_DEATH(pool.free_block(block), "not a block of this pool");
  }
  free_all(pool, ours);
  free_all(twin, theirs);
}

TYPED_TEST(GrowingIndexedPool, AMisplacedFreeStopsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ASSERT_TRUE(this->pool_.init(this->base_, 24, 8, 5));
  const std::vector<void*> blocks = drain(this->pool_, 12);
  auto* block = static_cast<std::byte*>(blocks[7]);
  for (const std::ptrdiff_t wrong : {1, 8, 23}) {
    EXPECT_DEATH(this->pool_.free_block(block + wrong), "not a block of this pool");
  }
}

// Chunks in any order and at any distance: each block is found, and nothing between them.
TYPED_TEST(GrowingIndexedPool, ChunksMayLieAnywhere) {
  class Scattered final : public Allocator {
   public:
    void* alloc(std::size_t byte_size) noexcept override { return alloc_aligned(byte_size, 8); }
    void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
      for (;;) {
        const std::size_t place = align_up(random_() % (memory_.size() - 4096), alignment);
        const bool is_free = std::none_of(taken_.begin(), taken_.end(), [&](const auto& taken) {
          return taken.first < place + byte_size && place < taken.second;
        });
        if (!is_free) continue;
        taken_.emplace_back(place, place + byte_size);
        return memory_.data() + place;
      }
    }
    void free(void*) noexcept override {}
    bool owns(const void*) const noexcept override { return false; }

   private:
    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 20);
    std::vector<std::pair<std::size_t, std::size_t>> taken_;
    std::mt19937 random_{1};
  };
  for (const std::size_t per_chunk : Sizes{1, 3, 8}) {
    Scattered base;
    TypeParam pool(base, 40, 8, per_chunk);
    const std::vector<void*> blocks = drain(pool, 257 * per_chunk);
    ASSERT_EQ(blocks.size(), 257 * per_chunk);
    expect_sound(pool, blocks);
    free_all(pool, blocks);
    ASSERT_EQ(pool.used(), 0u);
  }
}

// All ones is the index of no block: a second chunk of 2^23 blocks would end with it.
TEST(BlockStore, TheIndexOfNoBlockIsNeverHandedOut) {
  CountingBase base;
  BlockStore<StdBackend> store;
  ASSERT_TRUE(store.init(base, 1, 1, 1 << 23, 0, 32));
  ASSERT_EQ(store.index_bits(), 24u);
  EXPECT_EQ(store.grow(), 0u);
  EXPECT_EQ(store.grow(), store.none());
  EXPECT_EQ(base.requests(), 1u);
  store.deinit();
}

template <class Pool>
class ShrinkingPool : public GrowingPool<Pool> {};
using ShrinkingPools = testing::Types<BlockAllocator, LockedBlockAllocator<>,
                                      Marked<BlockAllocator>, Hardened<BlockAllocator>>;
TYPED_TEST_SUITE(ShrinkingPool, ShrinkingPools);

// Whatever is in use, shrink leaves the chunks that it lies in, and no others; all else stays true.
TYPED_TEST(ShrinkingPool, GivesBackWhatHasNoBlockInUse) {
  for (const std::size_t per_chunk : Sizes{1, 4, 33}) {
    CountingBase base;
    TypeParam pool(base, 24, 8, per_chunk);
    std::mt19937 random(static_cast<unsigned>(per_chunk));
    std::vector<void*> held;
    std::size_t most = 0;
    for (int round = 0; round != 200; ++round) {
      const std::size_t wanted = random() % 5 == 0 ? 0 : random() % 150;
      for (; held.size() < wanted; most = std::max(most, held.size())) {
        held.push_back(pool.alloc_block());
        ASSERT_NE(held.back(), nullptr);
        std::memset(held.back(), 0x55, 24);
      }
      std::shuffle(held.begin(), held.end(), random);
      for (; held.size() > wanted; held.pop_back()) pool.free_block(held.back());
      if (random() % 3 == 0) continue;
      const std::size_t before = base.live();
      std::set<const void*> chunks;
      for (const void* block : held) chunks.insert(base.chunk_of(block));
      ASSERT_EQ(pool.shrink(), before - chunks.size());
      ASSERT_EQ(base.live(), chunks.size());
      ASSERT_EQ(pool.capacity(), chunks.size() * per_chunk);
      ASSERT_EQ(pool.used(), held.size());
      ASSERT_EQ(pool.peak(), most);
      for (const void* block : held) ASSERT_TRUE(pool.owns(block));
      ASSERT_EQ(pool.shrink(), 0u) << "all of it went the first time";
    }
    free_all(pool, held);
    pool.shrink();
    EXPECT_EQ(base.live(), 0u);
    EXPECT_EQ(drain(pool, 50).size(), 50u) << "grows again";
  }
}

TYPED_TEST(ShrinkingPool, HasNothingToGiveBack) {
  EXPECT_EQ(this->pool_.shrink(), 0u);
  ASSERT_TRUE(this->pool_.init(this->base_, 24, 8, 5));
  EXPECT_EQ(this->pool_.shrink(), 0u);
  EXPECT_EQ(this->base_.requests(), 0u);
  this->pool_.deinit();
  GuardedBuffer buffer(TypeParam::buffer_bytes(7, 24, 8));
  ASSERT_TRUE(this->pool_.init(buffer.data(), buffer.size(), 24, 8));
  free_all(this->pool_, drain(this->pool_));
  EXPECT_EQ(this->pool_.shrink(), 0u);
  expect_all_come_back(this->pool_);
  this->pool_.deinit();
}

TEST(ShrinkingPool, StopsOnAListWithoutAnEnd) {
  CountingBase base;
  BlockAllocator pool(base, 24, 8, 5);
  void* block = pool.alloc_block();
  pool.free_block(block);
  pool.free_block(block);
  EXPECT_DEATH(pool.shrink(), "poolproof: shrink: the free list has no end");
}

}  // namespace
}  // namespace poolproof::test
