// What AddressSanitizer sees of marked pools of pieces; only built with it.
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include "../locked_sign_post_allocator.hpp"
#include "../marked.hpp"
#include "../sign_post_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

static_assert(marks::enabled);

bool is_open(const void* memory, std::size_t size) {
  return __asan_region_is_poisoned(const_cast<void*>(memory), size) == nullptr;
}
bool is_marked(const void* memory, std::size_t size) {
  for (std::size_t i = 0; i != size; ++i) {
    if (__asan_address_is_poisoned(static_cast<const char*>(memory) + i) == 0) return false;
  }
  return true;
}

template <class Pool>
class MarkedPieces : public ::testing::Test {
 protected:
  MarkedPieces() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  GuardedBuffer buffer_{4096};
  Marked<Pool> pool_{buffer_.data(), buffer_.size()};
};
using Pools = ::testing::Types<SignPostAllocator, WideSignPostAllocator, LockedSignPostAllocator<>>;
TYPED_TEST_SUITE(MarkedPieces, Pools);

TYPED_TEST(MarkedPieces, AUseAfterFreeIsReported) {
  auto* piece = static_cast<volatile char*>(this->pool_.alloc(100));
  piece[99] = 1;
  this->pool_.free(const_cast<char*>(piece));
  EXPECT_DEATH(piece[99] = 2, "use-after-poison");
  EXPECT_DEATH((void)piece[TypeParam::links_bytes], "use-after-poison");
}

TYPED_TEST(MarkedPieces, AWriteBehindTheBytesAskedForIsReported) {
  for (const std::size_t size : Sizes{1, 7, 17, 99}) {
    auto* piece = static_cast<volatile char*>(this->pool_.alloc(size));
    EXPECT_TRUE(is_open(const_cast<char*>(piece), size));
    const std::size_t room = this->pool_.size_of(const_cast<char*>(piece));
    EXPECT_TRUE(is_marked(const_cast<char*>(piece) + size, room - size));
    EXPECT_DEATH(piece[size] = 1, "AddressSanitizer: .*on address");
  }
}

TYPED_TEST(MarkedPieces, ASecondFreeStops) {
  void* piece = this->pool_.alloc(100);
  this->pool_.free(piece);
  EXPECT_DEATH(this->pool_.free(piece), "poolproof: size_of: the piece is free already");
}

// Free memory is split and merged in every way; the pool finds its posts open, and users theirs.
TYPED_TEST(MarkedPieces, WhatIsHandedOutIsOpenAndWhatIsFreeIsMarked) {
  std::vector<std::pair<void*, std::size_t>> pieces;
  for (std::size_t i = 0; i != 2000; ++i) {
    const std::size_t size = 1 + i * 37 % 300;
    const std::size_t alignment = i % 5 == 0 ? 128 : 1;
    if (void* piece = this->pool_.alloc_aligned(size, alignment)) {
      ASSERT_TRUE(is_open(piece, size));
      std::memset(piece, 0x11, size);
      pieces.emplace_back(piece, size);
    }
    if (pieces.empty() || i % 3 == 0) continue;
    std::swap(pieces[i * 7 % pieces.size()], pieces.back());
    const auto [old, bytes] = pieces.back();
    pieces.pop_back();
    ASSERT_TRUE(is_open(old, bytes));
    this->pool_.free(old);
    if (bytes > TypeParam::links_bytes) {
      ASSERT_TRUE(is_marked(static_cast<char*>(old) + TypeParam::links_bytes,
                            bytes - TypeParam::links_bytes));
    }
    ASSERT_EQ(this->pool_.violation(), nullptr);
  }
}

TYPED_TEST(MarkedPieces, NothingStaysMarked) {
  this->pool_.free(this->pool_.alloc(1000));
  ASSERT_FALSE(is_open(this->buffer_.data(), this->buffer_.size()));
  this->pool_.deinit();
  EXPECT_TRUE(is_open(this->buffer_.data(), this->buffer_.size()));
  CountingBase base;  // fills what comes back, and so finds what is marked
  for (int round = 0; round != 2; ++round) {
    ASSERT_TRUE(this->pool_.init(base, 1000));
    for (const std::size_t size : Sizes{100, 900, 3000}) this->pool_.free(this->pool_.alloc(size));
    this->pool_.deinit();
  }
}

}  // namespace
}  // namespace poolproof::test
