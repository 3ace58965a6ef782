// What AddressSanitizer sees of marked pools; only built with it.
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include "../marked.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

static_assert(marks::enabled);

// How many bytes at the start of a free block stay open.
template <class Pool>
constexpr std::size_t kept = sizeof(void*);
template <>
constexpr std::size_t kept<LocklessBlockAllocator<>> = 0;
template <>
constexpr std::size_t kept<DeferredBlockAllocator<>> = 0;

bool is_open(const void* memory, std::size_t size) {
  return __asan_region_is_poisoned(const_cast<void*>(memory), size) == nullptr;
}

template <class Pool>
class MarkedForAsan : public BlockPool<Marked<Pool>> {
 protected:
  MarkedForAsan() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  void expect_marked(const void* block, std::size_t size) {
    for (std::size_t i = 0; i != size; ++i) {
      ASSERT_EQ(__asan_address_is_poisoned(static_cast<const char*>(block) + i), i >= kept<Pool>)
          << "byte " << i;
    }
  }
};
using UnmarkedPools = ::testing::Types<BlockAllocator, LockedBlockAllocator<>,
                                       LocklessBlockAllocator<>, DeferredBlockAllocator<>>;
TYPED_TEST_SUITE(MarkedForAsan, UnmarkedPools, PoolNames);

TYPED_TEST(MarkedForAsan, AUseAfterFreeIsReported) {
  this->make(4, 64, 8);
  auto* block = static_cast<volatile char*>(this->pool_.alloc_block());
  block[63] = 1;
  this->pool_.free_block(const_cast<char*>(block));
  EXPECT_DEATH(block[63] = 2, "use-after-poison");
  EXPECT_DEATH((void)block[kept<TypeParam>], "use-after-poison");
}

TYPED_TEST(MarkedForAsan, ASecondFreeIsReported) {
  this->make(4, 64, 8);
  void* block = this->pool_.alloc_block();
  this->pool_.free_block(block);
  EXPECT_DEATH(this->pool_.free_block(block), "poolproof: free_block: the block is free already");
  EXPECT_DEATH(this->pool_.free_many({&block, 1}), "poolproof: free_block: the block is free");
}

TYPED_TEST(MarkedForAsan, FreeBlocksAreMarkedAndOthersAreNot) {
  this->make(10, 64, 8);
  std::vector<void*> blocks = drain(this->pool_);
  for (void* block : blocks) ASSERT_TRUE(is_open(block, 64));
  this->pool_.free_many(blocks);
  for (void* block : blocks) this->expect_marked(block, 64);
  const std::size_t count = this->pool_.alloc_many(std::span(blocks).first(5));
  ASSERT_EQ(count, 5u);
  blocks.resize(count);
  while (void* block = this->pool_.alloc_block()) blocks.push_back(block);
  for (void* block : blocks) ASSERT_TRUE(is_open(block, 64));
  this->pool_.free(blocks.back());
  this->expect_marked(blocks.back(), 64);
}

TYPED_TEST(MarkedForAsan, NothingStaysMarkedAfterDeinit) {
  this->make(10, 64, 8);
  free_all(this->pool_, drain(this->pool_, 7));
  ASSERT_NE(this->pool_.alloc_block(), nullptr);
  ASSERT_FALSE(is_open(this->buffer_->data(), this->buffer_->size()));
  this->pool_.deinit();
  EXPECT_TRUE(is_open(this->buffer_->data(), this->buffer_->size()));
}

// Looks at each chunk that comes back, and at what lies behind it and is marked by somebody else.
class LookingBase final : public Allocator {
 public:
  void* alloc(std::size_t) noexcept override { return nullptr; }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    const std::size_t size = align_up(byte_size, 8);
    void* chunk = heap_.alloc_aligned(size + behind, alignment);
    __asan_poison_memory_region(static_cast<std::byte*>(chunk) + size, behind);
    sizes_[chunk] = size;
    return chunk;
  }
  void free(void* chunk) noexcept override {
    const std::byte* end = static_cast<std::byte*>(chunk) + sizes_[chunk];
    EXPECT_TRUE(is_open(chunk, sizes_[chunk]));
    EXPECT_TRUE(__asan_address_is_poisoned(end)) << "unmarked what was not the pool's";
    __asan_unpoison_memory_region(end, behind);
    heap_.free(chunk);
    ++frees;
  }
  bool owns(const void*) const noexcept override { return false; }
  int frees = 0;

 private:
  static constexpr std::size_t behind = 64;
  CountingBase heap_;
  std::map<void*, std::size_t> sizes_;
};

TYPED_TEST(MarkedForAsan, NothingStaysMarkedInAChunkThatGoesBack) {
  LookingBase base;
  for (const std::size_t size : Sizes{64, 12}) {
    ASSERT_TRUE(this->pool_.init(base, size, 4, 3));
    free_all(this->pool_, drain(this->pool_, 50));
    this->pool_.deinit();
  }
  EXPECT_EQ(base.frees, 34);
}

// A pool of one block, 64 bytes, that looks whether it is marked while the pool has it.
class LookingPool final : public BlockInterface<LookingPool> {
 public:
  InitResult init(void* buffer, std::size_t, std::size_t, std::size_t) noexcept {
    block_ = buffer;
    return {};
  }
  void deinit() noexcept {}
  bool valid() const noexcept { return true; }
  void* alloc_block() noexcept {
    if (looks != 0) look();
    return block_;
  }
  void free_block(void*) noexcept { look(); }
  bool owns(const void*) const noexcept override { return true; }
  std::size_t block_size() const noexcept { return 64; }
  std::size_t alignment() const noexcept { return 8; }

  static inline int looks = 0;

 private:
  void look() noexcept {
    ++looks;
    EXPECT_TRUE(__asan_address_is_poisoned(static_cast<const char*>(block_) + sizeof(void*)));
  }
  void* block_ = nullptr;
};

// So nobody sets a mark on a block that the pool has handed to somebody else meanwhile.
TEST(MarkedPool, ABlockIsMarkedForAsLongAsThePoolHasIt) {
  GuardedBuffer buffer(64);
  Marked<LookingPool> pool(buffer.data(), buffer.size(), 64, 8);
  void* block = pool.alloc_block();
  pool.free_block(block);
  ASSERT_EQ(pool.alloc_block(), block);
  pool.free_many({&block, 1});
  ASSERT_EQ(pool.alloc_many({&block, 1}), 1u);
  EXPECT_EQ(LookingPool::looks, 4);
}

template <class Pool>
class PackedForAsan : public MarkedForAsan<Pool> {};
// Those whose blocks need no room for a link, and so may lie as closely as this.
using LinksBeside = ::testing::Types<LocklessBlockAllocator<>, DeferredBlockAllocator<>>;
TYPED_TEST_SUITE(PackedForAsan, LinksBeside, PoolNames);

// There is one mark for 8 bytes. Where they are not all of one block, it is left alone, for two
// threads might change it at once.
TYPED_TEST(PackedForAsan, NeighboursShareNoMark) {
  this->make(9, 12, 4);
  const std::vector<void*> blocks = drain(this->pool_);
  free_all(this->pool_, blocks);
  for (const void* block : blocks) {
    for (std::size_t i = 0; i != 12; ++i) {
      const std::size_t group = address(block) + i - (address(block) + i) % 8;
      const bool whole = group >= address(block) && group + 8 <= address(block) + 12;
      ASSERT_EQ(__asan_address_is_poisoned(static_cast<const char*>(block) + i), whole);
    }
  }
}

}  // namespace
}  // namespace poolproof::test
