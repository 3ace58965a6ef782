#include "chaos_backend.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "allocators/deferred_block_allocator.hpp"
#include "allocators/locked_block_allocator.hpp"
#include "allocators/lockless_block_allocator.hpp"
#include "observed_backend.hpp"

namespace poolproof {
namespace {

static_assert(Backend<ChaosBackend<StdBackend>>);
static_assert(Backend<ObservedBackend<StdBackend>>);
static_assert(Backend<ChaosBackend<ObservedBackend<StdBackend>>>);
// Nothing is added to what lies in memory.
static_assert(sizeof(LocklessBlockAllocator<ChaosBackend<StdBackend>>) ==
              sizeof(LocklessBlockAllocator<>));
static_assert(sizeof(LockedBlockAllocator<ObservedBackend<StdBackend>>) ==
              sizeof(LockedBlockAllocator<>));

// The offsets of the blocks that a fixed sequence of allocs and frees gets.
template <class Pool>
std::vector<std::ptrdiff_t> offsets_of_a_sequence() {
  alignas(64) static std::byte buffer[1 << 12];
  Pool pool(buffer, sizeof buffer, 16, 16);
  Rng rng(3, 0);
  std::vector<std::byte*> held;
  std::vector<std::ptrdiff_t> offsets;
  for (int step = 0; step != 2000; ++step) {
    if (held.empty() || rng.below(2) == 0) {
      if (void* block = pool.alloc_block()) held.push_back(static_cast<std::byte*>(block));
      offsets.push_back(held.back() - buffer);
    } else {
      pool.free_block(held[rng.below(static_cast<std::uint32_t>(held.size()))]);
      held.clear();  // the others are lost: the pool runs dry, too
    }
  }
  return offsets;
}

template <class B>
using Lockless = LocklessBlockAllocator<B>;
template <class B>
using Deferred = DeferredBlockAllocator<B>;
template <class B>
using Locked = LockedBlockAllocator<B>;

template <template <class> class Pool>
void expect_the_same_as_plain(std::uint32_t one_in) {
  const auto plain = offsets_of_a_sequence<Pool<StdBackend>>();
  chaos = Chaos(one_in, 1, 1);
  EXPECT_EQ(offsets_of_a_sequence<Pool<ChaosBackend<StdBackend>>>(), plain);
}

TEST(ChaosBackend, AtRateZeroIsThePlainBackend) {
  expect_the_same_as_plain<Lockless>(0);
  expect_the_same_as_plain<Deferred>(0);
  expect_the_same_as_plain<Locked>(0);
  EXPECT_EQ(chaos.delays(), 0U);
}

TEST(ChaosBackend, DelaysButChangesNothing) {
  expect_the_same_as_plain<Lockless>(8);
  EXPECT_GT(chaos.delays(), 0U);
}

TEST(ChaosBackend, TheSameSeedGivesTheSameDelays) {
  const auto delays = [](std::uint64_t seed) {
    chaos = Chaos(16, seed, 0);
    std::vector<std::uint64_t> after;
    for (int i = 0; i != 500; ++i) {
      chaos.before_cas();
      chaos.before_access();
      after.push_back(chaos.delays());
    }
    return after;
  };
  EXPECT_EQ(delays(5), delays(5));
  EXPECT_NE(delays(5), delays(6));
}

TEST(ChaosBackend, DelaysMostBeforeACas) {
  chaos = Chaos(64, 1, 0);
  for (int i = 0; i != 20000; ++i) chaos.before_cas();
  const auto before_cas = chaos.delays();
  for (int i = 0; i != 20000; ++i) chaos.before_access();
  const auto before_access = chaos.delays() - before_cas;
  EXPECT_NEAR(static_cast<double>(before_cas), 20000.0 / 64, 100);
  EXPECT_GT(before_cas, 2 * before_access);
  EXPECT_GT(before_access, 0U);
}

// Of an atomic, each access that wrote, and no other.
TEST(ChaosBackend, DelaysBehindWhatWrote) {
  const auto delays_of = [](auto access) {
    ChaosBackend<StdBackend>::atomic<int> word(0);
    // Before each CAS, a quarter of other accesses, and behind each sixteenth of those that wrote.
    chaos = Chaos(1, 1, 0);
    for (int i = 0; i != 4000; ++i) access(word);
    return static_cast<double>(chaos.delays());
  };
  const auto relaxed = std::memory_order_relaxed;
  EXPECT_NEAR(delays_of([&](auto& word) { word.load(relaxed); }), 1000, 120);
  EXPECT_NEAR(delays_of([&](auto& word) { word.store(1, relaxed); }), 1250, 150);
  EXPECT_NEAR(delays_of([&](auto& word) { word.exchange(1, relaxed); }), 1250, 150);
  EXPECT_NEAR(delays_of([&](auto& word) { word.fetch_add(1, relaxed); }), 1250, 150);
  EXPECT_NEAR(delays_of([&](auto& word) {
                int seen = -1;  // fails
                word.compare_exchange_strong(seen, 1, relaxed, relaxed);
              }),
              4000, 8);
  EXPECT_NEAR(delays_of([&](auto& word) {
                int seen = 0;
                word.compare_exchange_strong(seen, 0, relaxed, relaxed);
              }),
              4250, 80);
}

TEST(ObservedBackend, CountsTheEventsOfItsThread) {
  event_counts = {};
  ObservedBackend<StdBackend>::note(Event::recycle);
  ObservedBackend<StdBackend>::note(Event::recycle);
  EXPECT_EQ(event_counts[static_cast<std::size_t>(Event::recycle)], 2U);
  EXPECT_EQ(event_counts[static_cast<std::size_t>(Event::claim)], 0U);
}

}  // namespace
}  // namespace poolproof
