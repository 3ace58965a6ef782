// What the tests of the buddy allocators share: their list, a pool over a buffer, and an array that
// says who owns each leaf.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "../buddy_allocator.hpp"
#include "../cached_buddy_allocator.hpp"
#include "../locked_buddy_allocator.hpp"
#include "../lockless_buddy_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {

// With words of four leaves, small pools have many words and levels.
using NarrowBuddy = LocklessBuddyAllocator<StdBackend, 2>;
using MarkedBuddy = Marked<LocklessBuddyAllocator<>>;  // it must behave as what it marks
using AllBuddies =
    ::testing::Types<BuddyAllocator, LockedBuddyAllocator<>, LocklessBuddyAllocator<>, NarrowBuddy,
                     CachedBuddyAllocator<>, MarkedBuddy>;
using SharedBuddies = ::testing::Types<LockedBuddyAllocator<>, LocklessBuddyAllocator<>,
                                       NarrowBuddy, CachedBuddyAllocator<>, MarkedBuddy>;

struct BuddyNames {
  template <class Pool>
  static std::string GetName(int) {
    if (std::is_same_v<Pool, BuddyAllocator>) return "Buddy";
    if (std::is_same_v<Pool, LockedBuddyAllocator<>>) return "Locked";
    if (std::is_same_v<Pool, NarrowBuddy>) return "Narrow";
    if (std::is_same_v<Pool, CachedBuddyAllocator<>>) return "Cached";
    return std::is_same_v<Pool, MarkedBuddy> ? "Marked" : "Lockless";
  }
};

// The owner of each leaf of a pool over one buffer, that is aligned to the largest order.
class LeafOwners {
 public:
  LeafOwners(const std::byte* first, std::size_t leaves, std::size_t leaf_size)
      : first_(first), leaf_size_(leaf_size), owners_(leaves, 0) {}

  std::size_t leaves() const { return owners_.size(); }

  // A piece of 2^order leaves gets an owner, from 1 up; 0 gives it back.
  void set(const void* piece, unsigned order, unsigned from, unsigned to) {
    const std::size_t offset = address(piece) - address(first_);
    const std::size_t size = std::size_t{1} << order;
    ASSERT_EQ(offset % (size * leaf_size_), 0u) << "not aligned to its size";
    const std::size_t leaf = offset / leaf_size_;
    ASSERT_LE(leaf + size, owners_.size()) << "past the end";
    for (std::size_t i = leaf; i != leaf + size; ++i) {
      ASSERT_EQ(owners_[i], from) << "leaf " << i;
      owners_[i] = to;
    }
  }
  bool is_free(std::size_t leaf, std::size_t size) const {
    for (std::size_t i = leaf; i != leaf + size; ++i) {
      if (owners_[i] != 0) return false;
    }
    return true;
  }
  // The largest order of an aligned free run, up to most; negative: none.
  int largest_free(unsigned most) const {
    for (int order = static_cast<int>(most); order >= 0; --order) {
      const std::size_t size = std::size_t{1} << order;
      for (std::size_t leaf = 0; leaf + size <= owners_.size(); leaf += size) {
        if (is_free(leaf, size)) return order;
      }
    }
    return -1;
  }
  std::size_t used() const {
    return static_cast<std::size_t>(
        std::count_if(owners_.begin(), owners_.end(), [](unsigned owner) { return owner != 0; }));
  }
  const std::byte* leaf(std::size_t i) const { return first_ + i * leaf_size_; }

 private:
  const std::byte* first_;
  std::size_t leaf_size_;
  std::vector<unsigned> owners_;
};

inline unsigned order_of_size(std::size_t byte_size, std::size_t leaf_size) {
  return static_cast<unsigned>(std::bit_width((byte_size - 1) / leaf_size));
}

template <class Pool>
class BuddyPoolTest : public ::testing::Test {
 protected:
  // Makes the pool over a buffer that buffer_bytes says is enough, offset bytes behind an address
  // aligned to 4096.
  void make(std::size_t leaves, std::size_t leaf_size, unsigned largest_order,
            std::size_t offset = 0) {
    pool_.deinit();
    buffer_ = std::make_unique<GuardedBuffer>(Pool::buffer_bytes(leaves, leaf_size, largest_order),
                                              offset);
    ASSERT_TRUE(pool_.init(buffer_->data(), buffer_->size(), leaf_size, largest_order));
    ASSERT_GE(pool_.capacity(), leaves * leaf_size);
  }
  // The first leaf of a pool over a buffer.
  std::byte* first() const {
    return buffer_->data() +
           bytes_to_alignment(buffer_->data(), pool_.leaf_size() << pool_.largest_order());
  }
  LeafOwners owners() const {
    return {first(), pool_.capacity() / pool_.leaf_size(), pool_.leaf_size()};
  }
  // At rest and all free: one block of the largest order that there is, and it can be had.
  void expect_whole() {
    ASSERT_EQ(pool_.violation(), nullptr);
    EXPECT_EQ(pool_.used(), 0u);
    const std::size_t leaves = pool_.capacity() / pool_.leaf_size();
    const std::size_t whole =
        std::min(std::bit_floor(leaves), std::size_t{1} << pool_.largest_order());
    EXPECT_EQ(pool_.largest_free(), whole * pool_.leaf_size());
    void* piece = pool_.alloc(whole * pool_.leaf_size());
    ASSERT_NE(piece, nullptr);
    pool_.free(piece);
  }

  std::unique_ptr<GuardedBuffer> buffer_;
  Pool pool_;
};

}  // namespace poolproof::test
