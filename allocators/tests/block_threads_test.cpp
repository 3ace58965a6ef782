// The thread-safe block pools under threads. Short runs: the stress runs are in harness/, and the
// interleavings that matter are driven one by one in the tests of each pool.
#include <gtest/gtest.h>

#include <barrier>
#include <random>

#include "test_base.hpp"

namespace poolproof::test {
namespace {

constexpr unsigned threads = 4;

template <class Pool>
class SharedPool : public ::testing::Test {
 protected:
  CountingBase base_;
  Pool pool_;
};
TYPED_TEST_SUITE(SharedPool, SharedPools, PoolNames);

// Each thread holds its blocks, so the pool needs exactly three chunks, whoever runs dry with whom.
TYPED_TEST(SharedPool, ThreadsThatRunDryTogetherShareAChunk) {
  constexpr std::size_t held = 3;
  constexpr std::size_t per_chunk = 4;
  constexpr std::size_t chunks = threads * held / per_chunk;
  std::vector<void*> blocks[threads];
  int round = 0;
  const auto check_round = [&]() noexcept {
    std::vector<void*> all;
    for (const auto& mine : blocks) all.insert(all.end(), mine.begin(), mine.end());
    EXPECT_EQ(all.size(), threads * held);
    EXPECT_EQ(this->base_.requests(), chunks * static_cast<std::size_t>(++round));
    EXPECT_EQ(this->pool_.capacity(), chunks * per_chunk);
    expect_sound(this->pool_, all);
    this->pool_.deinit();
    EXPECT_TRUE(this->pool_.init(this->base_, 16, 8, per_chunk));
  };
  ASSERT_TRUE(this->pool_.init(this->base_, 16, 8, per_chunk));
  std::barrier together(threads, check_round);
  run_threads(threads, [&](unsigned id) {
    for (int i = 0; i != 300; ++i) {
      blocks[id] = drain(this->pool_, held);
      together.arrive_and_wait();
    }
  });
  EXPECT_EQ(round, 300);
}

// A block as its owner fills it; who finds another pattern than his own shares it with somebody.
struct Payload {
  std::uint64_t words[3];
  void fill(std::uint64_t value) { words[0] = words[1] = words[2] = value; }
  bool holds(std::uint64_t value) const {
    return words[0] == value && words[1] == value && words[2] == value;
  }
};

// Random allocs and frees, at most hold blocks in hand; all are freed in the end.
template <class Pool>
void alloc_and_free_at_random(Pool& pool, unsigned id, std::size_t hold, int steps) {
  std::mt19937 random(id + 1);
  std::vector<Payload*> mine;
  const auto value = [id](const Payload* block) { return address(block) * 8 + id + 1; };
  const auto give_back = [&](std::size_t which) {
    Payload* block = mine[which];
    EXPECT_TRUE(block->holds(value(block))) << "somebody else wrote into the block";
    mine[which] = mine.back();
    mine.pop_back();
    pool.free_block(block);
  };
  for (int step = 0; step != steps; ++step) {
    if (mine.size() < hold && random() % 2 == 0) {
      auto* block = static_cast<Payload*>(pool.alloc_block());
      if (block == nullptr) continue;
      block->fill(value(block));
      mine.push_back(block);
    } else if (!mine.empty()) {
      give_back(random() % mine.size());
    }
  }
  while (!mine.empty()) give_back(mine.size() - 1);
}

TYPED_TEST(SharedPool, RandomAllocAndFreeInAFullBuffer) {
  for (const std::size_t count : Sizes{1, 2, 3, 8}) {
    this->pool_.deinit();
    GuardedBuffer buffer(TypeParam::buffer_bytes(count, sizeof(Payload), 8));
    ASSERT_TRUE(this->pool_.init(buffer.data(), buffer.size(), sizeof(Payload), 8));
    run_threads(threads, [&](unsigned id) { alloc_and_free_at_random(this->pool_, id, 3, 5000); });
    expect_all_come_back(this->pool_);
    EXPECT_TRUE(buffer.guards_intact());
    this->pool_.deinit();
  }
}

TYPED_TEST(SharedPool, RandomAllocAndFreeWhileGrowing) {
  for (const std::size_t per_chunk : Sizes{1, 5}) {
    ASSERT_TRUE(this->pool_.init(this->base_, sizeof(Payload), 8, per_chunk));
    run_threads(threads, [&](unsigned id) { alloc_and_free_at_random(this->pool_, id, 50, 4000); });
    // An indexed pool may carve more than the 200 that can be held at once, but not many.
    EXPECT_LE(this->pool_.capacity(), threads * (50 + most_kept(this->pool_)) + per_chunk);
    expect_all_come_back(this->pool_);
    this->pool_.deinit();
    EXPECT_EQ(this->base_.live(), 0u);
  }
}

// Blocks handed from thread to thread through the pool alone: what one wrote before free is
// ordered before the next owner's writes (ThreadSanitizer looks).
TYPED_TEST(SharedPool, OneBlockGoesFromOwnerToOwner) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(1, sizeof(std::uint64_t), 8));
  ASSERT_TRUE(this->pool_.init(buffer.data(), buffer.size(), sizeof(std::uint64_t), 8));
  ASSERT_EQ(this->pool_.capacity(), 1u);
  run_threads(threads, [&](unsigned id) {
    for (std::uint64_t i = 0; i != 5000; ++i) {
      auto* block = static_cast<std::uint64_t*>(this->pool_.alloc_block());
      if (block == nullptr) continue;
      *block = i * threads + id;
      EXPECT_EQ(*block, i * threads + id);
      this->pool_.free_block(block);
    }
  });
  expect_all_come_back(this->pool_);
  this->pool_.deinit();
}

// The counters may be stale under threads, but may be asked at any time.
TYPED_TEST(SharedPool, ObserversWhileItGrows) {
  ASSERT_TRUE(this->pool_.init(this->base_, 16, 8, 4));
  run_threads(2, [&](unsigned id) {
    for (int i = 0; i != 400; ++i) {
      if (id == 0) {
        EXPECT_NE(this->pool_.alloc_block(), nullptr);
      } else {
        EXPECT_LE(this->pool_.capacity(), 400u);
        EXPECT_FALSE(this->pool_.owns(&i));
      }
    }
  });
  EXPECT_EQ(this->pool_.capacity(), 400u);
}

TEST(LockedBlocks, ShrinkWhileOthersAllocAndFree) {
  CountingBase base;
  LockedBlockAllocator<> pool(base, sizeof(Payload), 8, 3);
  run_threads(threads, [&](unsigned id) {
    if (id != 0) return alloc_and_free_at_random(pool, id, 20, 4000);
    for (int i = 0; i != 200; ++i) pool.shrink();
  });
  EXPECT_EQ(pool.used(), 0u);
  pool.shrink();
  EXPECT_EQ(base.live(), 0u);
  EXPECT_EQ(drain(pool, 10).size(), 10u);
}

}  // namespace
}  // namespace poolproof::test
