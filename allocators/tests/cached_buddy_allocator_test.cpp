// What is CachedBuddyAllocator's own: its handles. That the pool itself is a buddy allocator is in
// the tests of all of them.
#include "../cached_buddy_allocator.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <random>

#include "test_buddies.hpp"

namespace poolproof::test {
namespace {

using Cached = CachedBuddyAllocator<>;

class CachedBuddy : public BuddyPoolTest<Cached> {
 protected:
  CachedBuddy() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(CachedBuddy, AHandleKeepsWhatIsFreed) {
  make(256, 16, 8);
  auto cache = pool_.cache();
  void* piece = cache.alloc(100);
  EXPECT_EQ(pool_.used(), 128u);
  cache.free(piece);
  EXPECT_EQ(pool_.used(), 0u);
  EXPECT_STREQ(pool_.violation(), nullptr);
  EXPECT_EQ(cache.alloc(100), piece);
  cache.free(nullptr);
  cache.free(piece);
  EXPECT_TRUE(cache.owns(piece));
  EXPECT_FALSE(cache.owns(&cache));
  pool_.reclaim();
  expect_whole();
}

// The rest of the pool is the handle's to have: it gives up what it keeps before it fails.
TEST_F(CachedBuddy, AHandleFailsOnlyWhenNothingFits) {
  for (unsigned seed = 0; seed != 30; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    make(1 + random() % 600, 16, static_cast<unsigned>(random() % 10), random() % 32);
    LeafOwners leaves = owners();
    struct Piece {
      std::byte* start;
      unsigned order;
    };
    std::vector<Piece> live;
    auto cache = pool_.cache();
    for (int step = 0; step != 500; ++step) {
      if (random() % 16 < 7 + seed % 4) {
        const auto order = static_cast<unsigned>(random() % (pool_.largest_order() + 1));
        const bool fits = leaves.largest_free(pool_.largest_order()) >= static_cast<int>(order);
        auto* start = static_cast<std::byte*>(cache.alloc(std::size_t{16} << order));
        ASSERT_EQ(start != nullptr, fits) << "order " << order << ", step " << step;
        if (!fits) continue;
        leaves.set(start, order, 0, 1);
        live.push_back({start, order});
      } else if (!live.empty()) {
        std::swap(live[random() % live.size()], live.back());
        leaves.set(live.back().start, live.back().order, 1, 0);
        if (random() % 4 == 0) {
          pool_.free(live.back().start);
        } else {
          cache.free(live.back().start);
        }
        live.pop_back();
      }
      ASSERT_FALSE(HasFatalFailure());
      ASSERT_STREQ(pool_.violation(), nullptr) << "step " << step;
      ASSERT_EQ(pool_.used(), leaves.used() * 16);
    }
    for (const Piece& piece : live) cache.free(piece.start);
    pool_.reclaim();
    expect_whole();
  }
}

TEST_F(CachedBuddy, KeepsNoMoreThanItSays) {
  for (const std::size_t leaf : Sizes{8, 64, 1024}) {
    make(4096, leaf, 12);
    auto cache = pool_.cache();
    std::vector<void*> pieces;
    for (unsigned order = 0; order != 11; ++order) {
      for (int i = 0; i != 100; ++i) {
        void* piece = cache.alloc(leaf << order);
        if (piece != nullptr) pieces.push_back(piece);
      }
      for (void* piece : pieces) cache.free(piece);
      pieces.clear();
      void* piece = pool_.alloc(1);
      ASSERT_NE(piece, nullptr);
      pool_.free(piece);
    }
    // The pool can hand out every block that no handle keeps.
    while (void* piece = pool_.alloc(leaf)) pieces.push_back(piece);
    EXPECT_GE(pieces.size() * leaf + pool_.most_kept(), pool_.capacity());
    for (void* piece : pieces) pool_.free(piece);
    pool_.reclaim();
    expect_whole();
  }
}

TEST_F(CachedBuddy, AHandleThatEndsGivesAllBack) {
  make(512, 16, 9);
  {
    auto one = pool_.cache();
    auto two = pool_.cache();
    std::vector<void*> pieces;
    for (std::size_t size = 1; size < 2000; size += size / 2 + 1) pieces.push_back(one.alloc(size));
    for (void* piece : pieces) two.free(piece);
    EXPECT_EQ(pool_.used(), 0u);
    EXPECT_STREQ(pool_.violation(), nullptr);
  }
  expect_whole();
}

TEST_F(CachedBuddy, HandlesOutliveThePool) {
  make(64, 16, 6);
  auto cache = pool_.cache();
  void* piece = cache.alloc(16);
  pool_.deinit();
  EXPECT_EQ(cache.alloc(16), nullptr);
  cache.free(piece);
  EXPECT_FALSE(cache.owns(piece));
  make(64, 16, 6);
  expect_whole();
  EXPECT_EQ(cache.alloc(16), nullptr) << "it belongs to no pool any more";
  Cached none;
  auto without = none.cache();
  EXPECT_EQ(without.alloc(16), nullptr);
  std::optional<Cached> brief(std::in_place, buffer_->data(), std::size_t{1}, std::size_t{16}, 0U);
  EXPECT_FALSE(brief->valid());
}

TEST_F(CachedBuddy, FreesThatAreWrongStopTheProgram) {
  make(512, 16, 9);
  auto cache = pool_.cache();
  auto other = pool_.cache();
  auto* piece = static_cast<std::byte*>(cache.alloc(64));
  int local = 0;
  EXPECT_DEATH(cache.free(piece + 16), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(cache.free(&local), "poolproof: free: not a piece of this pool");
  cache.free(piece);
  EXPECT_DEATH(cache.free(piece), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(other.free(piece), "poolproof: free: not the start of a piece in use");
  EXPECT_DEATH(pool_.free(piece), "poolproof: free: not the start of a piece in use");
  pool_.reclaim();
  EXPECT_DEATH(cache.free(piece), "poolproof: free: not the start of a piece in use");
}

// Pieces go from hand to hand: each thread frees what another one has allocated.
TEST_F(CachedBuddy, ThreadsWithHandles) {
  constexpr unsigned threads = 4;
  make(2048, 16, 11);
  std::vector<std::atomic<std::byte*>> places(64);
  std::atomic<std::size_t> had{0};
  run_threads(threads, [&](unsigned id) {
    auto cache = pool_.cache();
    std::mt19937 random(id);
    for (int step = 0; step != 8000; ++step) {
      const auto order = static_cast<unsigned>(random() % 8);
      const std::size_t size = std::size_t{16} << order;
      auto* piece = static_cast<std::byte*>(cache.alloc(size));
      if (piece != nullptr) {
        ++had;
        std::memset(piece, static_cast<int>(order), size);
      }
      piece = places[random() % places.size()].exchange(piece);
      if (piece == nullptr) continue;
      const std::size_t its_size = pool_.size_of(piece);
      const auto filled = static_cast<std::byte>(order_of_size(its_size, 16));
      EXPECT_TRUE(std::all_of(piece, piece + its_size, [filled](auto b) { return b == filled; }))
          << "a piece with two owners";
      cache.free(piece);
    }
  });
  EXPECT_GT(had.load(), 1000u);
  for (auto& place : places) pool_.free(place.load());
  expect_whole();
}

}  // namespace
}  // namespace poolproof::test
