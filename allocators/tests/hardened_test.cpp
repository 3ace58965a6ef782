// Hardened pools: right use is left alone, and each misuse is reported once, by its name.
#include "../hardened.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../bitmap_block_allocator.hpp"
#include "../block_allocator.hpp"
#include "../cached_block_allocator.hpp"
#include "../deferred_block_allocator.hpp"
#include "../heap_allocator.hpp"
#include "../hinted_block_allocator.hpp"
#include "../locked_block_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "../thread_cached_block_allocator.hpp"

namespace poolproof::test {
namespace {

// The reports of a test, in place of the end of the program.
class Reports {
 public:
  Reports() {
    all().clear();
    set_misuse_handler([](const MisuseReport& report) {
      const std::lock_guard<std::mutex> lock(mutex());
      all().push_back(report);
    });
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports() { set_misuse_handler(nullptr); }

  static std::vector<MisuseReport>& all() {
    static std::vector<MisuseReport> reports;
    return reports;
  }
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
};
void expect_misuse(Misuse what) {
  ASSERT_EQ(Reports::all().size(), 1U);
  EXPECT_EQ(Reports::all()[0].what, what);
  Reports::all().clear();
}

template <class Pool>
class HardenedPool : public testing::Test {
 protected:
  HardenedPool() : buffer_(Hardened<Pool>::buffer_bytes(200, 48, 16)), pool_("orders") {
    EXPECT_TRUE(pool_.init(buffer_.data(), buffer_.size(), 48, 16));
  }

  Reports reports_;
  std::vector<std::byte> buffer_;
  Hardened<Pool> pool_;
};
using Pools =
    testing::Types<BlockAllocator, LockedBlockAllocator<>, LocklessBlockAllocator<>,
                   DeferredBlockAllocator<>, BitmapBlockAllocator<>, HintedBlockAllocator<>,
                   CachedBlockAllocator<>, ThreadCachedBlockAllocator<>>;
TYPED_TEST_SUITE(HardenedPool, Pools);

TYPED_TEST(HardenedPool, LeavesRightUseAlone) {
  auto& pool = this->pool_;
  EXPECT_EQ(pool.block_size(), 48U);
  std::array<void*, 100> many;
  for (int round = 0; round != 3; ++round) {
    ASSERT_EQ(pool.alloc_many(many), many.size());
    for (void* block : many) std::memset(block, 0xFF, 48);
    pool.free_many(many);
    void* one = pool.alloc_block();
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(address(one) % 16, 0U);
    std::memset(one, 0xFF, 48);
    pool.free(one);
    pool.free(nullptr);  // of the interface: harmless everywhere
  }
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_GE(pool.peak(), many.size());
  EXPECT_LE(pool.peak(), pool.capacity());
  EXPECT_TRUE(Reports::all().empty());
}

TYPED_TEST(HardenedPool, ReportsASecondFree) {
  auto& pool = this->pool_;
  void* block = pool.alloc_block();
  constexpr int line = __LINE__ + 1;
  pool.free_block(block);
  pool.free_block(block);
  ASSERT_EQ(Reports::all().size(), 1U);
  EXPECT_EQ(Reports::all()[0].address, block);
  EXPECT_TRUE(std::string(Reports::all()[0].freed_at.file).ends_with("hardened_test.cpp"));
  EXPECT_EQ(Reports::all()[0].freed_at.line, line);
  EXPECT_EQ(std::string(Reports::all()[0].pool), "orders");
  expect_misuse(Misuse::double_free);
  EXPECT_EQ(pool.used(), 0U);
}

TYPED_TEST(HardenedPool, ReportsWhatIsNoBlock) {
  auto& pool = this->pool_;
  auto* block = static_cast<std::byte*>(pool.alloc_block());
  pool.free_block(nullptr);
  expect_misuse(Misuse::null_free);
  pool.free_block(block + 1);
  expect_misuse(Misuse::interior_free);
  pool.free_block(block + 16);
  expect_misuse(Misuse::interior_free);
  std::byte elsewhere[256];
  pool.free_block(elsewhere);
  expect_misuse(Misuse::foreign_free);
  pool.free_block(this->buffer_.data() + this->buffer_.size() - 8);
  expect_misuse(Misuse::foreign_free);
  pool.free_block(block);
  EXPECT_TRUE(Reports::all().empty());
}

TYPED_TEST(HardenedPool, ReportsAnOverflow) {
  auto& pool = this->pool_;
  auto* block = static_cast<std::byte*>(pool.alloc_block());
  const std::byte before = block[48];
  block[48] ^= std::byte{1};
  pool.free_block(block);
  expect_misuse(Misuse::overflow);
  block[48] = before;
  pool.free_block(block);  // it was still in use
  EXPECT_TRUE(Reports::all().empty());
}

TYPED_TEST(HardenedPool, ReportsAWriteIntoAFreeBlock) {
  auto& pool = this->pool_;
  std::vector<void*> blocks;
  while (void* block = pool.alloc_block()) blocks.push_back(block);
  auto* victim = static_cast<std::byte*>(blocks[3]);
  for (void* block : blocks) pool.free_block(block);
  victim[20] = std::byte{7};
  while (pool.alloc_block() != nullptr) {
  }
  expect_misuse(Misuse::use_after_free);
}

TYPED_TEST(HardenedPool, AnotherPoolsBlockIsNone) {
  std::vector<std::byte> buffer(Hardened<TypeParam>::buffer_bytes(200, 48, 16));
  Hardened<TypeParam> other(buffer.data(), buffer.size(), 48, 16);
  void* block = other.alloc_block();
  this->pool_.free_block(block);
  expect_misuse(Misuse::foreign_free);
  other.free_block(block);
  // In the same memory, made anew: a block from before is none.
  void* old = this->pool_.alloc_block();
  this->pool_.deinit();
  ASSERT_TRUE(this->pool_.init(this->buffer_.data(), this->buffer_.size(), 48, 16));
  this->pool_.free_block(old);
  expect_misuse(Misuse::interior_free);
}

// A base that is wrong when it is told so.
class WrongBase final : public Allocator {
 public:
  void* alloc(std::size_t byte_size) noexcept override { return heap.alloc(byte_size); }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    if (again != nullptr) return again;
    last = static_cast<std::byte*>(heap.alloc_aligned(byte_size + 64, alignment));
    chunks.push_back(last);
    return last + skew;
  }
  void free(void*) noexcept override {}
  bool owns(const void*) const noexcept override { return true; }
  ~WrongBase() override {
    for (void* chunk : chunks) heap.free(chunk);
  }

  std::size_t skew = 0;
  std::byte* again = nullptr;
  std::byte* last = nullptr;

 private:
  HeapAllocator heap;
  std::vector<void*> chunks;
};

TEST(HardenedOverABase, ReportsBadChunks) {
  const Reports reports;
  WrongBase base;
  Hardened<LocklessBlockAllocator<>> pool(base, 48, 16, 4);
  std::array<void*, 4> blocks;
  ASSERT_EQ(pool.alloc_many(blocks), 4U);
  pool.free_block(static_cast<std::byte*>(blocks[0]) + 16);
  expect_misuse(Misuse::interior_free);
  base.again = base.last;
  EXPECT_EQ(pool.alloc_block(), nullptr);
  expect_misuse(Misuse::overlapping_chunk);
  base.again = nullptr;
  base.skew = 4;
  EXPECT_EQ(pool.alloc_block(), nullptr);
  expect_misuse(Misuse::misaligned_chunk);
  base.skew = 0;
  void* fifth = pool.alloc_block();
  EXPECT_NE(fifth, nullptr);
  pool.free_block(fifth);
  for (void* block : blocks) pool.free_block(block);
  EXPECT_TRUE(Reports::all().empty());
}

TEST(HardenedOverABase, RefusesWhatThePoolRefuses) {
  HeapAllocator heap;
  Hardened<LocklessBlockAllocator<>> pool;
  EXPECT_EQ(pool.init(heap, 0, 16, 4).error(), InitError::zero_size);
  EXPECT_EQ(pool.init(heap, 48, 3, 4).error(), InitError::bad_alignment);
  EXPECT_FALSE(pool.valid());
}

// If two threads free a block at the same instant, one free is reported, or the alloc that then
// gets the block a second time.
TEST(HardenedThreads, OneOfTwoFreesIsReported) {
  const Reports reports;
  std::vector<std::byte> buffer(Hardened<LocklessBlockAllocator<>>::buffer_bytes(1, 48, 16));
  Hardened<LocklessBlockAllocator<>> pool(buffer.data(), buffer.size(), 48, 16);
  constexpr std::size_t rounds = 300;
  for (std::size_t round = 0; round != rounds; ++round) {
    void* block = pool.alloc_block();
    ASSERT_NE(block, nullptr);
    std::atomic<int> there{0};
    const auto twice = [&] {
      ++there;
      while (there != 2) std::this_thread::yield();
      pool.free_block(block);
    };
    std::thread first(twice);
    std::thread second(twice);
    first.join();
    second.join();
    if (!Reports::all().empty()) {
      expect_misuse(Misuse::double_free);
      continue;
    }
    ASSERT_EQ(pool.alloc_block(), block);
    EXPECT_EQ(pool.alloc_block(), nullptr);
    expect_misuse(Misuse::handed_out_twice);
    pool.deinit();
    ASSERT_TRUE(pool.init(buffer.data(), buffer.size(), 48, 16));
  }
}

TEST(HardenedDeath, EndsTheProgramWithOneLine) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        alignas(64) static std::byte buffer[4096];
        Hardened<BlockAllocator> pool(buffer, sizeof buffer, 48, 16);
        void* block = pool.alloc_block();
        pool.free_block(block);
        pool.free_block(block);
      },
      "^poolproof: pool: a block is freed that is free already: 0x[0-9a-f]+, freed last at "
      ".*hardened_test.cpp:[0-9]+\n$");
}

}  // namespace
}  // namespace poolproof::test
