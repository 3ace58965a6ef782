// The pools with sign posts, and a fixture for tests of what they share.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../locked_sign_post_allocator.hpp"
#include "../marked.hpp"
#include "../sign_post_allocator.hpp"
#include "test_base.hpp"
#include "test_pieces.hpp"

namespace poolproof::test {

template <class Pool>
class SignPost : public ::testing::Test {
 protected:
  // Makes the pool over a buffer that has room for this many pieces.
  void make(std::size_t pieces, std::size_t byte_size, std::size_t alignment = 16,
            std::size_t offset = 0) {
    pool_.deinit();
    buffer_ =
        std::make_unique<GuardedBuffer>(Pool::buffer_bytes(pieces, byte_size, alignment), offset);
    ASSERT_TRUE(pool_.init(buffer_->data(), buffer_->size(), alignment));
    EXPECT_EQ(pool_.violation(), nullptr);
  }
  // Sizes in turn until one of them cannot be had.
  std::vector<void*> fill(std::vector<std::size_t> sizes) {
    std::vector<void*> pieces;
    for (std::size_t i = 0;; ++i) {
      void* piece = pool_.alloc(sizes[i % sizes.size()]);
      if (piece == nullptr) return pieces;
      std::memset(piece, 0x55, sizes[i % sizes.size()]);
      pieces.push_back(piece);
    }
  }
  void expect_empty() {
    EXPECT_EQ(pool_.violation(), nullptr);
    EXPECT_EQ(pool_.used(), 0u);
    EXPECT_EQ(pool_.largest_free(), pool_.capacity()) << "not one free segment";
    void* all = pool_.alloc(pool_.capacity());
    ASSERT_NE(all, nullptr);
    EXPECT_EQ(pool_.used(), pool_.capacity());
    EXPECT_EQ(pool_.largest_free(), 0u);
    std::memset(all, 0x5A, pool_.capacity());
    EXPECT_EQ(pool_.alloc(1), nullptr);
    pool_.free(all);
    if (buffer_ != nullptr) {
      EXPECT_TRUE(buffer_->guards_intact());
    }
  }

  CountingBase base_;
  std::unique_ptr<GuardedBuffer> buffer_;
  Pool pool_;
};

using SignPostPools =
    ::testing::Types<SignPostAllocator, WideSignPostAllocator, LockedSignPostAllocator<>,
                     Marked<SignPostAllocator>, Marked<LockedSignPostAllocator<>>>;
struct SignPostNames {
  template <class Pool>
  static std::string GetName(int) {
    if (std::is_same_v<Pool, SignPostAllocator>) return "Narrow";
    if (std::is_same_v<Pool, WideSignPostAllocator>) return "Wide";
    if (std::is_same_v<Pool, LockedSignPostAllocator<>>) return "Locked";
    return std::is_same_v<Pool, Marked<SignPostAllocator>> ? "Marked" : "MarkedLocked";
  }
};

}  // namespace poolproof::test
