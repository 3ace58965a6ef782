// LockedSignPostAllocator under threads, and the adapters for containers over pools of pieces.
#include <gtest/gtest.h>

#include <map>
#include <memory_resource>
#include <random>
#include <string>
#include <vector>

#include "../locked_sign_post_allocator.hpp"
#include "../pool_resource.hpp"
#include "../sign_post_allocator.hpp"
#include "../std_allocator.hpp"
#include "test_base.hpp"
#include "test_pieces.hpp"
#include "test_upstream.hpp"

namespace poolproof::test {
namespace {

constexpr unsigned threads = 4;

template <class Pool>
class SharedSignPost : public ::testing::Test {
 protected:
  CountingBase base_;
  Pool pool_;
};
using SharedSignPosts =
    ::testing::Types<LockedSignPostAllocator<>, Marked<LockedSignPostAllocator<>>,
                     LockedSignPostAllocator<StdBackend, std::uint64_t>>;
struct SharedNames {
  template <class Pool>
  static std::string GetName(int) {
    if (std::is_same_v<Pool, LockedSignPostAllocator<>>) return "Narrow";
    return std::is_same_v<Pool, Marked<LockedSignPostAllocator<>>> ? "Marked" : "Wide";
  }
};
TYPED_TEST_SUITE(SharedSignPost, SharedSignPosts, SharedNames);

// A piece as its owner fills it, to its last byte.
struct Piece {
  unsigned char* bytes;
  std::size_t size;
  unsigned char value;
  void fill() const { std::memset(bytes, value, size); }
  bool intact() const {
    return std::all_of(bytes, bytes + size, [this](unsigned char byte) { return byte == value; });
  }
};

// Random allocs and frees of one thread; all is freed in the end. Answers how many were served.
template <class Pool>
std::size_t alloc_and_free_at_random(Pool& pool, unsigned id, std::size_t hold, int steps) {
  std::mt19937_64 random(id + 1);
  std::vector<Piece> mine;
  std::size_t served = 0;
  const auto give_back = [&](std::size_t which) {
    EXPECT_TRUE(mine[which].intact()) << "somebody else wrote into a piece";
    pool.free(mine[which].bytes);
    mine[which] = mine.back();
    mine.pop_back();
  };
  for (int step = 0; step != steps; ++step) {
    if (mine.size() < hold && random() % 2 == 0) {
      const std::size_t size = log_uniform(random, 600);
      const std::size_t alignment = random() % 4 == 0 ? std::size_t{1} << (random() % 9) : 1;
      void* bytes = alignment == 1 ? pool.alloc(size) : pool.alloc_aligned(size, alignment);
      if (bytes == nullptr) continue;
      EXPECT_EQ(address(bytes) % alignment, 0u);
      mine.push_back(
          {static_cast<unsigned char*>(bytes), size, static_cast<unsigned char>(random())});
      mine.back().fill();
      ++served;
    } else if (!mine.empty()) {
      give_back(random() % mine.size());
    }
  }
  while (!mine.empty()) give_back(mine.size() - 1);
  return served;
}

TYPED_TEST(SharedSignPost, RandomAllocAndFreeInAFullBuffer) {
  for (const std::size_t bytes : Sizes{600, 4000, 20000}) {
    GuardedBuffer buffer(bytes);
    ASSERT_TRUE(this->pool_.init(buffer.data(), buffer.size()));
    std::atomic<std::size_t> served{0};
    run_threads(threads, [&](unsigned id) {
      served += alloc_and_free_at_random(this->pool_, id, 20, 4000);
    });
    EXPECT_GT(served.load(), 100u);
    EXPECT_EQ(this->pool_.violation(), nullptr);
    EXPECT_EQ(this->pool_.used(), 0u);
    EXPECT_EQ(this->pool_.largest_free(), this->pool_.capacity());
    EXPECT_TRUE(buffer.guards_intact());
    this->pool_.deinit();
  }
}

TYPED_TEST(SharedSignPost, RandomAllocAndFreeWhileGrowing) {
  ASSERT_TRUE(this->pool_.init(this->base_, 2000));
  run_threads(threads, [&](unsigned id) {
    EXPECT_GT(alloc_and_free_at_random(this->pool_, id, 50, 4000), 1000u);
  });
  EXPECT_EQ(this->pool_.violation(), nullptr);
  EXPECT_EQ(this->pool_.used(), 0u);
  EXPECT_GT(this->base_.live(), 1u);
  this->pool_.deinit();
}

// A piece handed from thread to thread through the pool alone (ThreadSanitizer looks).
TYPED_TEST(SharedSignPost, OnePieceGoesFromOwnerToOwner) {
  GuardedBuffer buffer(TypeParam::buffer_bytes(1, 64));
  ASSERT_TRUE(this->pool_.init(buffer.data(), buffer.size()));
  run_threads(threads, [&](unsigned id) {
    for (std::uint64_t i = 0; i != 5000; ++i) {
      auto* piece = static_cast<std::uint64_t*>(this->pool_.alloc(64));
      if (piece == nullptr) continue;
      *piece = i * threads + id;
      EXPECT_EQ(*piece, i * threads + id);
      this->pool_.free(piece);
    }
  });
  EXPECT_EQ(this->pool_.violation(), nullptr);
  EXPECT_EQ(this->pool_.used(), 0u);
  this->pool_.deinit();
}

TYPED_TEST(SharedSignPost, ObserversMayLookAtAnyTime) {
  ASSERT_TRUE(this->pool_.init(this->base_, 1000));
  run_threads(2, [&](unsigned id) {
    if (id == 0) {
      alloc_and_free_at_random(this->pool_, id, 30, 2000);
      return;
    }
    for (int i = 0; i != 500; ++i) {
      EXPECT_LE(this->pool_.used(), this->pool_.capacity());
      EXPECT_LE(this->pool_.largest_free(), this->pool_.capacity());
      EXPECT_FALSE(this->pool_.owns(&i));
      EXPECT_EQ(this->pool_.violation(), nullptr);
      EXPECT_FALSE(this->pool_.must_fit(&i, &i + 1, 1, 1));
    }
  });
  this->pool_.deinit();
}

template <class Pool>
class SignPostContainers : public ::testing::Test {
 protected:
  GuardedBuffer buffer_{1 << 16};
  Pool pool_{buffer_.data(), buffer_.size()};

  void expect_empty() {
    EXPECT_EQ(pool_.violation(), nullptr);
    EXPECT_EQ(pool_.used(), 0u);
    EXPECT_EQ(pool_.largest_free(), pool_.capacity());
  }
};
using ContainerPools =
    ::testing::Types<SignPostAllocator, LockedSignPostAllocator<>, Marked<SignPostAllocator>>;
TYPED_TEST_SUITE(SignPostContainers, ContainerPools);

// Containers of every kind, all in the pool.
TYPED_TEST(SignPostContainers, AllKindsLiveInIt) {
  PoolResource resource(this->pool_, std::pmr::null_memory_resource());
  {
    std::pmr::vector<int> vector(&resource);
    std::pmr::map<int, std::pmr::string> map(&resource);
    for (int i = 0; i != 200; ++i) {
      vector.push_back(i);
      map[i] = std::pmr::string(static_cast<std::size_t>(i % 60), 'x', &resource);
    }
    EXPECT_TRUE(this->pool_.owns(vector.data()));
    EXPECT_EQ(vector[199], 199);
    EXPECT_EQ(map.at(59).size(), 59u);
    void* aligned = resource.allocate(100, 256);
    EXPECT_EQ(address(aligned) % 256, 0u);
    resource.deallocate(aligned, 100, 256);
    void* none = resource.allocate(0, 1);
    EXPECT_TRUE(this->pool_.owns(none));
    resource.deallocate(none, 0, 1);
    EXPECT_THROW(vector.reserve(1 << 20), std::bad_alloc);
    EXPECT_EQ(vector.size(), 200u);
  }
  this->expect_empty();
}

TYPED_TEST(SignPostContainers, WhatDoesNotFitGoesUpstreamAndComesBack) {
  CountingUpstream upstream;
  PoolResource resource(this->pool_, &upstream);
  {
    std::pmr::vector<int> vector(&resource);
    std::pmr::map<int, int> map(&resource);
    for (int i = 0; i != 100000; ++i) vector.push_back(i);
    for (int i = 0; i != 2000; ++i) map[i] = i;
    EXPECT_TRUE(upstream.gave(vector.data()));
    EXPECT_EQ(vector[99999], 99999);
  }
  EXPECT_GT(upstream.requests(), 0u);
  this->expect_empty();
}

TYPED_TEST(SignPostContainers, StdAllocatorServesAnyContainer) {
  {
    std::vector<int, StdAllocator<int, TypeParam>> vector(this->pool_);
    using Pair = std::pair<const int, int>;
    std::map<int, int, std::less<>, StdAllocator<Pair, TypeParam>> map(this->pool_);
    for (int i = 0; i != 300; ++i) {
      vector.push_back(i);
      map[i] = i;
    }
    EXPECT_TRUE(this->pool_.owns(&vector[299]));
    EXPECT_TRUE(this->pool_.owns(&map.at(299)));
    EXPECT_THROW(vector.reserve(1 << 20), std::bad_alloc);
  }
  this->expect_empty();
}

}  // namespace
}  // namespace poolproof::test
