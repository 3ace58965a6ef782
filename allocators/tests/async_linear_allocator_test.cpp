// What is AsyncLinearAllocator's own: the guard of its offset, and threads. The rest is in
// linear_allocator_test.cpp.
#include "../async_linear_allocator.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <random>

#include "test_base.hpp"

namespace poolproof::test {
namespace {

using Linear = AsyncLinearAllocator<>;
constexpr unsigned threads = 4;
constexpr int rounds = 50;

struct Piece {
  std::byte* start;
  std::size_t size;
};
using Pieces = std::vector<Piece>;

// Sorted pieces of all threads, disjoint and inside; answers their bytes, rounded up as claimed.
std::size_t check_pieces(const GuardedBuffer& buffer, const Linear& linear,
                         const Pieces (&pieces)[threads]) {
  Pieces all;
  for (const Pieces& mine : pieces) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end(), [](auto a, auto b) { return std::less<>()(a.start, b.start); });
  std::size_t sum = 0;
  for (std::size_t i = 0; i != all.size(); ++i) {
    sum += align_up(all[i].size, linear.alignment());
    EXPECT_TRUE(buffer.contains(all[i].start, all[i].size));
    EXPECT_EQ(address(all[i].start) % linear.alignment(), 0u);
    if (i != 0) {
      EXPECT_LE(all[i - 1].start + all[i - 1].size, all[i].start) << "overlap";
    }
  }
  return sum;
}

// Four threads carve linear until nothing is left, round after round. next_size(random) is the
// size of the next piece; check(sum) is called after each round with all at rest.
template <class NextSize, class Check>
void carve_in_rounds(const GuardedBuffer& buffer, Linear& linear, NextSize next_size, Check check) {
  Pieces pieces[threads];
  std::barrier at_rest(threads, [&]() noexcept {
    check(check_pieces(buffer, linear, pieces));
    for (Pieces& mine : pieces) mine.clear();
    linear.reset();
    EXPECT_EQ(linear.used(), 0u);
  });
  run_threads(threads, [&](unsigned id) {
    std::mt19937 random(id);
    for (int round = 0; round != rounds; ++round) {
      for (;;) {
        const std::size_t size = next_size(random);
        auto* start = static_cast<std::byte*>(linear.alloc(size));
        if (start == nullptr) break;
        std::memset(start, static_cast<int>(id), size);
        pieces[id].push_back({start, size});
      }
      at_rest.arrive_and_wait();
    }
  });
}

TEST(AsyncLinearAllocator, ThreadsCarveItUpToTheLastPiece) {
  for (const std::size_t size : Sizes{1, 16, 40, 1000}) {
    GuardedBuffer buffer(8192 + 40, 8);
    Linear linear(buffer.data(), buffer.size(), 16);
    const std::size_t rounded = align_up(size, 16);
    const std::size_t pieces = linear.capacity() / rounded;
    carve_in_rounds(
        buffer, linear, [size](auto&) { return size; },
        [&](std::size_t sum) { EXPECT_EQ(sum, pieces * rounded); });
    EXPECT_TRUE(buffer.guards_intact());
  }
}

TEST(AsyncLinearAllocator, ThreadsCarvePiecesOfAllSizes) {
  constexpr std::size_t largest = 256;
  GuardedBuffer buffer(8192, 8);
  Linear linear(buffer.data(), buffer.size(), 16);
  carve_in_rounds(
      buffer, linear, [](auto& random) { return 1 + random() % largest; },
      [&](std::size_t sum) {
        EXPECT_LE(sum, linear.used());
        // One claim beyond the end may have cost the tail, which is less than a piece.
        EXPECT_GT(sum + largest, linear.capacity());
      });
  EXPECT_TRUE(buffer.guards_intact());
}

TEST(AsyncLinearAllocator, TenMillionRefusedRequestsDoNotMoveTheOffset) {
  GuardedBuffer buffer(4096);
  Linear linear(buffer.data(), buffer.size(), 16);
  ASSERT_NE(linear.alloc(100), nullptr);
  const std::size_t used = linear.used();
  EXPECT_EQ(used, 112u);
  const std::size_t sizes[] = {huge, huge / 2, 4097, 4096, huge - 15};
  for (int i = 0; i != 2'000'000; ++i) {
    for (const std::size_t size : sizes) {
      if (linear.alloc(size) != nullptr) FAIL() << size;
    }
  }
  EXPECT_EQ(linear.used(), used);
  EXPECT_EQ(linear.peak(), used);
  EXPECT_NE(linear.alloc(4096 - 112), nullptr);
  EXPECT_EQ(linear.alloc_aligned(huge, 4096), nullptr);
  EXPECT_EQ(linear.used(), 4096u);
}

// Whatever was asked before, one thread gets what fits, and nothing else moves the offset.
TEST(AsyncLinearAllocator, OneThreadGetsWhateverFits) {
  constexpr std::size_t alignment = 16;
  GuardedBuffer buffer(4096);
  Linear linear(buffer.data(), buffer.size(), alignment);
  std::mt19937 random(1);
  for (int round = 0; round != 2000; ++round) {
    const std::size_t most = round % 2 == 0 ? 4096 : 300;
    std::size_t used = 0;
    for (int refused = 0; refused != 5;) {
      const std::size_t size = 1 + random() % (random() % most + 1);
      const std::size_t rounded = align_up(size, alignment);
      const bool fits = used + rounded <= linear.capacity();
      const void* expected = fits ? buffer.data() + used : nullptr;
      ASSERT_EQ(linear.alloc(size), expected) << size << " behind " << used;
      if (fits) used += rounded;
      if (!fits) ++refused;
      ASSERT_EQ(linear.used(), used);
    }
    linear.reset();
  }
  EXPECT_TRUE(buffer.guards_intact());
}

TEST(AsyncLinearAllocator, SizesAreRoundedSoThatTheNextPieceIsAligned) {
  GuardedBuffer buffer(256);
  Linear linear(buffer.data(), buffer.size(), 32);
  EXPECT_EQ(linear.alloc(1), buffer.data());
  EXPECT_EQ(linear.alloc_aligned(33, 1), buffer.data() + 32);
  EXPECT_EQ(linear.alloc(1), buffer.data() + 96);
  EXPECT_EQ(linear.used(), 128u);
}

}  // namespace
}  // namespace poolproof::test
