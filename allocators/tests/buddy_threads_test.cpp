// The thread-safe buddy allocators under threads. Short runs: the stress runs are in harness/, and
// the interleavings that matter are driven one by one in lockless_buddy_allocator_test.cpp.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "test_buddies.hpp"

namespace poolproof::test {
namespace {

constexpr unsigned threads = 4;
constexpr unsigned seed = 17;

// An owner for each leaf, that threads share.
class SharedOwners {
 public:
  SharedOwners(const std::byte* first, std::size_t leaves, std::size_t leaf_size)
      : first_(first), leaf_size_(leaf_size), owners_(leaves) {}

  // False: some leaf was not from's, or the piece is not aligned to its size.
  bool set(const void* piece, unsigned order, unsigned from, unsigned to) {
    const std::size_t leaf = (address(piece) - address(first_)) / leaf_size_;
    const std::size_t size = std::size_t{1} << order;
    if (leaf % size != 0 || leaf + size > owners_.size()) return false;
    bool sound = true;
    for (std::size_t i = leaf; i != leaf + size; ++i) {
      sound = owners_[i].exchange(to, std::memory_order_relaxed) == from && sound;
    }
    return sound;
  }
  bool is_free(std::size_t leaf) const {
    return owners_[leaf].load(std::memory_order_acquire) == 0;
  }

 private:
  const std::byte* first_;
  std::size_t leaf_size_;
  std::vector<std::atomic<unsigned>> owners_;
};

template <class Pool>
class SharedBuddy : public BuddyPoolTest<Pool> {
 protected:
  struct Piece {
    std::byte* start;
    unsigned order;
  };

  void give_back(const Piece& piece, unsigned id, SharedOwners& owners) {
    const std::size_t size = this->pool_.leaf_size() << piece.order;
    const auto ours = static_cast<std::byte>(id);
    EXPECT_TRUE(std::all_of(piece.start, piece.start + size, [ours](auto b) { return b == ours; }))
        << "somebody else wrote into a piece";
    EXPECT_TRUE(owners.set(piece.start, piece.order, id, 0));
    this->pool_.free(piece.start);
  }

  // Random pieces of all orders, at most hold in hand; answers how many were had.
  std::size_t alloc_and_free(unsigned id, std::size_t hold, int steps, SharedOwners& owners) {
    std::mt19937 random(seed + id);
    std::vector<Piece> mine;
    std::size_t had = 0;
    for (int step = 0; step != steps; ++step) {
      if (mine.size() != hold && random() % 2 == 0) {
        const auto order = static_cast<unsigned>(random() % (this->pool_.largest_order() + 1));
        const std::size_t size = this->pool_.leaf_size() << order;
        auto* start = static_cast<std::byte*>(this->pool_.alloc(size));
        if (start == nullptr) continue;
        ++had;
        EXPECT_TRUE(owners.set(start, order, 0, id)) << "a leaf with two owners";
        std::memset(start, static_cast<int>(id), size);
        mine.push_back({start, order});
      } else if (!mine.empty()) {
        std::swap(mine[random() % mine.size()], mine.back());
        give_back(mine.back(), id, owners);
        mine.pop_back();
      }
    }
    for (const Piece& piece : mine) give_back(piece, id, owners);
    return had;
  }
};
TYPED_TEST_SUITE(SharedBuddy, SharedBuddies, BuddyNames);

TYPED_TEST(SharedBuddy, NoLeafHasTwoOwners) {
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  for (const std::size_t leaves : Sizes{16, 100, 700, 4096}) {
    const auto largest = static_cast<unsigned>(std::bit_width(leaves)) - 1;
    this->make(leaves, 16, largest);
    SharedOwners owners(this->first(), this->pool_.capacity() / 16, 16);
    std::atomic<std::size_t> had{0};
    run_threads(threads,
                [&](unsigned id) { had += this->alloc_and_free(id + 1, 12, 6000, owners); });
    EXPECT_GT(had.load(), 1000u);
    this->expect_whole();
  }
  EXPECT_TRUE(this->buffer_->guards_intact());
}

// Where all pieces are of one order, which is certain, and no more are held than there are, none
// fails. The pool has few spare ones, so the threads meet in each word.
TYPED_TEST(SharedBuddy, NoAllocFailsWhileThereIsABlockForEach) {
  if constexpr (requires { TypeParam::largest_certain_order; }) {
    constexpr auto most = std::min<std::size_t>(TypeParam::largest_certain_order, 6);
    for (unsigned order = 0; order <= most; ++order) {
      constexpr std::size_t hold = 5;
      this->make((threads * hold) << order, 16, order + 2);
      std::atomic<int> failed{0};
      run_threads(threads, [&](unsigned id) {
        std::mt19937 random(id);
        std::vector<void*> mine;
        for (int step = 0; step != 4000; ++step) {
          if (mine.size() != hold && random() % 3 != 0) {
            void* piece = this->pool_.alloc(std::size_t{16} << order);
            if (piece == nullptr) {
              ++failed;
            } else {
              mine.push_back(piece);
            }
          } else if (!mine.empty()) {
            std::swap(mine[random() % mine.size()], mine.back());
            this->pool_.free(mine.back());
            mine.pop_back();
          }
        }
        for (void* piece : mine) this->pool_.free(piece);
      });
      EXPECT_EQ(failed.load(), 0) << "order " << order;
      this->expect_whole();
    }
  }
}

// One thread allocates, the others free. An alloc that fails must not have had a run of leaves
// whose frees had all returned before it began.
TYPED_TEST(SharedBuddy, AnAllocFindsWhatWasFreedBefore) {
  this->make(256, 16, 8);
  const std::size_t leaves = this->pool_.capacity() / 16;
  std::size_t certain = 8;
  if constexpr (requires { TypeParam::largest_certain_order; }) {
    certain = std::min<std::size_t>(certain, TypeParam::largest_certain_order);
  }
  std::vector<unsigned> taken(leaves);               // how often, by the one who allocates
  std::vector<std::atomic<unsigned>> freed(leaves);  // how often, once free has returned
  // About twice as many places as pieces fit, so that the pool is full before they are.
  std::vector<std::atomic<std::byte*>> handed(2 * leaves * (certain + 1) /
                                              ((std::size_t{2} << certain) - 1));
  std::atomic<bool> stop{false};
  std::atomic<bool> full{false};  // the others free nothing before
  std::size_t failed = 0;
  const auto leaf_of = [&](const void* piece) {
    return (address(piece) - address(this->first())) / 16;
  };
  const auto run_is_free = [&](std::size_t leaf, std::size_t size) {
    for (std::size_t i = leaf; i != leaf + size; ++i) {
      if (freed[i].load(std::memory_order_acquire) != taken[i]) return false;
    }
    return true;
  };
  const auto some_run_is_free = [&](std::size_t size) {
    for (std::size_t leaf = 0; leaf + size <= leaves; leaf += size) {
      if (run_is_free(leaf, size)) return true;
    }
    return false;
  };
  const auto allocate = [&] {
    std::mt19937 random(seed);
    for (int step = 0; step != 20000; ++step) {
      const auto order = static_cast<unsigned>(random() % (certain + 1));
      const bool must = some_run_is_free(std::size_t{1} << order);
      auto* piece = static_cast<std::byte*>(this->pool_.alloc(std::size_t{16} << order));
      if (piece == nullptr) ++failed;
      full.store(piece == nullptr, std::memory_order_relaxed);
      ASSERT_FALSE(must && piece == nullptr) << "order " << order << ", step " << step;
      if (piece == nullptr) continue;
      for (std::size_t i = 0; i != std::size_t{1} << order; ++i) ++taken[leaf_of(piece) + i];
      // A place that is full already keeps its piece; the other one is freed here.
      std::byte* other = handed[random() % handed.size()].exchange(piece);
      if (other == nullptr) continue;
      const std::size_t size = this->pool_.size_of(other) / 16;
      this->pool_.free(other);
      for (std::size_t i = 0; i != size; ++i) ++freed[leaf_of(other) + i];
    }
  };
  const auto free_what_is_handed = [&](unsigned id) {
    std::mt19937 random(seed + id);
    while (!stop.load(std::memory_order_acquire)) {
      if (!full.load(std::memory_order_relaxed)) std::this_thread::yield();
      if (!full.load(std::memory_order_relaxed)) continue;
      std::byte* piece = handed[random() % handed.size()].exchange(nullptr);
      if (piece == nullptr) continue;
      const std::size_t size = this->pool_.size_of(piece) / 16;
      this->pool_.free(piece);
      for (std::size_t i = 0; i != size; ++i) ++freed[leaf_of(piece) + i];
    }
  };
  run_threads(threads, [&](unsigned id) {
    if (id != 0) return free_what_is_handed(id);
    allocate();
    stop = true;
  });
  for (auto& place : handed) this->pool_.free(place.load());
  EXPECT_GT(failed, 0u) << "the pool was never full";
  this->expect_whole();
}

// All of what threads run dry on comes in chunks, and no more than needed.
TYPED_TEST(SharedBuddy, ThreadsThatRunDryTogetherShareAChunk) {
  CountingBase base;
  for (int round = 0; round != 100; ++round) {
    TypeParam pool(base, 16, 3);
    std::vector<void*> pieces[threads];
    run_threads(threads, [&](unsigned id) {
      for (int i = 0; i != 4; ++i) pieces[id].push_back(pool.alloc(32));
    });
    EXPECT_EQ(pool.capacity(), threads * 4 * 32u);
    std::vector<void*> all;
    for (const auto& mine : pieces) all.insert(all.end(), mine.begin(), mine.end());
    std::sort(all.begin(), all.end(), std::less<>());
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
    for (void* piece : all) {
      ASSERT_NE(piece, nullptr);
      pool.free(piece);
    }
    EXPECT_STREQ(pool.violation(), nullptr);
    EXPECT_EQ(pool.used(), 0u);
  }
}

}  // namespace
}  // namespace poolproof::test
