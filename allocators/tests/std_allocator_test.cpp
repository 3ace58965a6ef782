#include "../std_allocator.hpp"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../heap_allocator.hpp"
#include "../linear_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

using Traits = std::allocator_traits<StdAllocator<int, BlockAllocator>>;
static_assert(std::is_same_v<Traits::rebind_alloc<char>, StdAllocator<char, BlockAllocator>>);
static_assert(!Traits::is_always_equal::value);

template <class Pool>
class StdAllocated : public BlockPool<Pool> {
 protected:
  template <class T>
  using Alloc = StdAllocator<T, Pool>;
};
TYPED_TEST_SUITE(StdAllocated, AllPools, PoolNames);

// Each element is one block, and all come back.
TYPED_TEST(StdAllocated, ContainersOfNodes) {
  this->make(300, 64, 8);
  {
    std::list<int, typename TestFixture::template Alloc<int>> list(this->pool_);
    std::map<int, int, std::less<>, typename TestFixture::template Alloc<std::pair<const int, int>>>
        map(this->pool_);
    for (int i = 0; i != 100; ++i) {
      list.push_front(i);
      map[i] = 2 * i;
    }
    EXPECT_EQ(this->pool_.used(), 200u);
    EXPECT_TRUE(this->pool_.owns(&list.back()));
    EXPECT_TRUE(this->pool_.owns(&map.at(50)));
    list.remove_if([](int i) { return i % 2 != 0; });
    map.erase(3);
    EXPECT_EQ(this->pool_.used(), 149u);
    EXPECT_EQ(std::accumulate(list.begin(), list.end(), 0), 2450);
    EXPECT_EQ(map.at(99), 198);
  }
  expect_all_come_back(this->pool_);
}

// The array of buckets is one block too.
TYPED_TEST(StdAllocated, UnorderedMapWhileItsBucketsFit) {
  this->make(200, 1024, 8);
  {
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>,
                       typename TestFixture::template Alloc<std::pair<const int, int>>>
        map(this->pool_);
    map.reserve(100);
    for (int i = 0; i != 100; ++i) map[i] = i;
    EXPECT_EQ(this->pool_.used(), 101u);
    EXPECT_THROW(map.rehash(1000), std::bad_alloc);
    EXPECT_EQ(map.at(77), 77) << "what did not fit left everything as it was";
  }
  expect_all_come_back(this->pool_);
}

TYPED_TEST(StdAllocated, VectorWhileItFits) {
  this->make(2, 64, 8);
  {
    std::vector<std::uint64_t, typename TestFixture::template Alloc<std::uint64_t>> vector(
        this->pool_);
    for (std::uint64_t i = 0; i != 8; ++i) vector.push_back(i);
    EXPECT_EQ(this->pool_.used(), 1u);
    EXPECT_THROW(vector.push_back(8), std::bad_alloc);
    EXPECT_EQ(vector.size(), 8u);
    EXPECT_EQ(vector.back(), 7u);
  }
  expect_all_come_back(this->pool_);
}

TYPED_TEST(StdAllocated, ThrowsWhatDoesNotFit) {
  this->make(2, 64, 16);
  struct alignas(32) Aligned {
    char bytes[32];
  };
  typename TestFixture::template Alloc<std::uint64_t> words(this->pool_);
  typename TestFixture::template Alloc<Aligned> aligned(words);
  EXPECT_THROW((void)words.allocate(9), std::bad_alloc);
  EXPECT_THROW((void)words.allocate(huge), std::bad_alloc);
  // 2^61 + 1 words: the product would come round to 8.
  EXPECT_THROW((void)words.allocate(huge / 8 + 2), std::bad_alloc);
  EXPECT_THROW((void)aligned.allocate(1), std::bad_alloc);
  std::uint64_t* const block = words.allocate(8);
  EXPECT_EQ(address(block) % 16, 0u);
  std::uint64_t* const none = words.allocate(0);
  EXPECT_NE(none, nullptr);
  EXPECT_THROW((void)words.allocate(1), std::bad_alloc) << "both blocks are in use";
  words.deallocate(block, 8);
  words.deallocate(none, 0);
  expect_all_come_back(this->pool_);
}

TYPED_TEST(StdAllocated, ExhaustionLeavesTheContainerAsItWas) {
  this->make(3, 64, 8);
  {
    std::list<int, typename TestFixture::template Alloc<int>> list(this->pool_);
    for (int i = 0; i != 3; ++i) list.push_back(i);
    EXPECT_THROW(list.push_back(3), std::bad_alloc);
    EXPECT_EQ(list.size(), 3u);
    list.pop_front();
    list.push_back(4);
    EXPECT_EQ(list.back(), 4);
  }
  expect_all_come_back(this->pool_);
}

using List = std::list<int, StdAllocator<int, BlockAllocator>>;

class TwoPools : public ::testing::Test {
 protected:
  HeapAllocator heap_;
  BlockAllocator one_{heap_, 64, 8, 16};
  BlockAllocator two_{heap_, 64, 8, 16};
};

TEST_F(TwoPools, EqualIfTheyShareAPool) {
  const StdAllocator<int, BlockAllocator> a(one_), b(one_), c(two_);
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a != c);
  EXPECT_TRUE((a == StdAllocator<char, BlockAllocator>(b)));
  EXPECT_TRUE((c != StdAllocator<char, BlockAllocator>(b)));
}

TEST_F(TwoPools, AMoveTakesThePoolAlong) {
  List from({1, 2, 3}, one_);
  List to({4}, two_);
  const int* const second = &*std::next(from.begin());
  to = std::move(from);
  EXPECT_EQ(&*std::next(to.begin()), second) << "the elements did not move";
  EXPECT_EQ(&to.get_allocator().pool(), &one_);
  EXPECT_EQ(one_.used(), 3u);
  EXPECT_EQ(two_.used(), 0u);
}

TEST_F(TwoPools, ASwapSwapsThePools) {
  List a({1, 2, 3}, one_);
  List b({4}, two_);
  swap(a, b);
  EXPECT_EQ(&a.get_allocator().pool(), &two_);
  EXPECT_EQ(a, List({4}, one_));
  a.clear();
  EXPECT_EQ(one_.used(), 3u);
  EXPECT_EQ(two_.used(), 0u);
}

TEST_F(TwoPools, ACopyStaysInItsOwnPool) {
  const List a({1, 2, 3}, one_);
  List b({4}, two_);
  b = a;
  EXPECT_EQ(b, a);
  EXPECT_EQ(&b.get_allocator().pool(), &two_);
  EXPECT_EQ(two_.used(), 3u);
  const List c(a);
  EXPECT_EQ(&c.get_allocator().pool(), &one_);
  EXPECT_EQ(one_.used(), 6u);
}

TEST(StdAllocator, AnyAllocatorWillDo) {
  alignas(16) std::byte memory[4096];
  LinearAllocator linear(memory, sizeof memory);
  {
    std::vector<int, StdAllocator<int>> vector(linear);
    vector.assign(500, 7);
    EXPECT_TRUE(linear.owns(&vector[499]));
    EXPECT_THROW(vector.resize(1000), std::bad_alloc);
  }
  EXPECT_GE(linear.used(), 2000u) << "it takes nothing back";
}

template <class Pool>
class SharedStdAllocated : public StdAllocated<Pool> {};
TYPED_TEST_SUITE(SharedStdAllocated, SharedPools, PoolNames);

// Each thread's list and map in one pool, that is too small now and then.
TYPED_TEST(SharedStdAllocated, ThreadsShareAPool) {
  this->make(50, 64, 8);
  std::atomic<int> refused{0};
  run_threads(4, [&](unsigned id) {
    using Pair = std::pair<const int, unsigned>;
    std::list<unsigned, typename TestFixture::template Alloc<unsigned>> list(this->pool_);
    std::map<int, unsigned, std::less<>, typename TestFixture::template Alloc<Pair>> map(
        this->pool_);
    for (int i = 0; i != 5000; ++i) {
      try {
        list.push_back(id);
        map[i % 10] = id;
      } catch (const std::bad_alloc&) {
        ++refused;
      }
      for (const unsigned value : list) ASSERT_EQ(value, id) << "another's block";
      for (const auto& entry : map) ASSERT_EQ(entry.second, id) << "another's block";
      if (list.size() > 10) list.clear();
      if (i % 16 == 0) map.clear();
    }
  });
  EXPECT_LT(refused.load(), 4 * 5000);
  expect_all_come_back(this->pool_);
}

}  // namespace
}  // namespace poolproof::test
