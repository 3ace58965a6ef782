// What is LocklessBuddyAllocator's own: another thread's operation at an exact instruction.
#include "../lockless_buddy_allocator.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "test_buddies.hpp"
#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

// Searches begin at the first word, wherever the stack is.
struct FixedBackend : HookBackend {
  static std::uint32_t lane() noexcept { return 0; }
};
// Words of four leaves: orders 0 to 2 lie in a word, 3 and 4 in the node above four words.
using Narrow = LocklessBuddyAllocator<FixedBackend, 2>;
constexpr std::size_t leaf = 16;

template <class Pool>
struct Hooked {
  explicit Hooked(std::size_t leaves, unsigned largest)
      : buffer(Pool::buffer_bytes(leaves, leaf, largest)),
        pool(buffer.data(), Pool::aligned_buffer_bytes(leaves, leaf, largest), leaf, largest) {
    EXPECT_EQ(pool.capacity(), leaves * leaf);
  }
  ~Hooked() { HookBackend::reset(); }

  void* take(unsigned order) { return pool.alloc(leaf << order); }
  std::size_t at(const void* piece) const {
    return (address(piece) - address(buffer.data())) / leaf;
  }

  GuardedBuffer buffer;
  Pool pool;
};

TEST(LocklessBuddyAllocator, ALargeBlockIsNotTakenFromUnderAnAllocThatHoldsAWord) {
  Hooked<Narrow> p(16, 4);
  void* large = &p;
  // The first CAS is the hold on word 0, the second one takes a leaf of it.
  HookBackend::before(Access::word_cas, 2, [&] { large = p.take(4); });
  void* small = p.take(0);
  EXPECT_FALSE(HookBackend::clear());
  EXPECT_EQ(p.at(small), 0u);
  EXPECT_EQ(large, nullptr) << "it would contain the leaf";
  EXPECT_STREQ(p.pool.violation(), nullptr);
}

TEST(LocklessBuddyAllocator, AnAllocThatComesTooLateForAWordTakesAnotherRun) {
  Hooked<Narrow> p(16, 4);
  void* large = nullptr;
  // Just before the hold.
  HookBackend::before(Access::word_cas, 1, [&] { large = p.take(3); });
  void* small = p.take(0);
  EXPECT_EQ(p.at(large), 0u);
  EXPECT_EQ(p.at(small), 8u);
  EXPECT_STREQ(p.pool.violation(), nullptr);
}

TEST(LocklessBuddyAllocator, AHoldForNothingIsGivenUp) {
  Hooked<Narrow> p(16, 4);
  void* whole = nullptr;
  HookBackend::before(Access::word_cas, 2, [&] { whole = p.take(2); });
  void* small = p.take(0);
  EXPECT_EQ(p.at(whole), 0u);
  EXPECT_EQ(p.at(small), 4u);
  EXPECT_STREQ(p.pool.violation(), nullptr) << "word 0 has more than one hold";
}

// What a large alloc may do: fail, though all is free, while a free has emptied a word and not yet
// given up its hold. A smaller one finds the word.
TEST(LocklessBuddyAllocator, AFreeThatIsStoppedBetweenItsStepsHindersLargeBlocksOnly) {
  Hooked<Narrow> p(16, 4);
  void* piece = p.take(1);
  void* large = &p;
  void* small = nullptr;
  HookBackend::before(Access::word_add, 2, [&] {
    large = p.take(4);
    small = p.take(2);
  });
  p.pool.free(piece);
  EXPECT_FALSE(HookBackend::clear());
  EXPECT_EQ(large, nullptr);
  EXPECT_EQ(p.at(small), 0u);
  p.pool.free(small);
  EXPECT_STREQ(p.pool.violation(), nullptr);
  EXPECT_NE(p.take(4), nullptr);
}

TEST(LocklessBuddyAllocator, AnAllocFindsWhatComesBackWhileItLooks) {
  Hooked<LocklessBuddyAllocator<FixedBackend>> p(64, 6);
  void* whole = p.take(6);
  // Its first look found nothing; the second one is a read-modify-write.
  HookBackend::before(Access::word_add, 1, [&] { p.pool.free(whole); });
  EXPECT_EQ(p.take(5), whole);
  EXPECT_FALSE(HookBackend::clear());
}

TEST(LocklessBuddyAllocator, AHintThatIsTooSmallMakesNoAllocFail) {
  // Twelve words of 64 leaves have hints.
  Hooked<LocklessBuddyAllocator<FixedBackend>> p(12 * 64, 6);
  std::vector<void*> all;
  while (void* whole = p.take(6)) all.push_back(whole);
  ASSERT_EQ(all.size(), 12u);
  p.pool.free(all[5]);
  void* one = p.take(0);
  ASSERT_EQ(p.at(one), 5 * 64u);
  // An alloc that finds no whole word is stopped before it says so in the hint; meanwhile the word
  // becomes whole, and its hint is right already.
  HookBackend::before(Access::word_cas, 1, [&] { p.pool.free(one); });
  void* found = p.take(6);
  EXPECT_FALSE(HookBackend::clear());
  EXPECT_EQ(found, all[5]);
  EXPECT_STREQ(p.pool.violation(), nullptr);
}

// Three actors, nested: a's access number i is interrupted by b, whose access number j is
// interrupted by c; for all i and j. Each is a word of digits (alloc of that order), f (free what
// this actor took last), F (free all).
struct Nested {
  std::size_t leaves;
  unsigned largest;
  unsigned certain;
  int executions = 0;
  int bad = 0;

  void run(const std::vector<std::string>& actors, const std::string& before) {
    for (const auto& a : actors) {
      for (const auto& b : actors) {
        for (const auto& c : actors) {
          for (int i = 1; i != 24; ++i) {
            for (int j = 1; j < 24; j += 2) run_one({a, b, c}, {i, j}, before);
          }
        }
      }
    }
  }

 private:
  struct Piece {
    void* start;
    unsigned order;
  };

  void run_one(const std::array<std::string, 3>& actors, const std::array<int, 2>& at,
               const std::string& before) {
    ++executions;
    Hooked<Narrow> p(leaves, largest);
    std::vector<unsigned> owners(leaves, 0);
    bool sound = true;
    const auto mark = [&](const Piece& piece, unsigned from, unsigned to) {
      const std::size_t first = p.at(piece.start);
      for (std::size_t k = first; k != first + (std::size_t{1} << piece.order); ++k) {
        sound = sound && owners[k] == from;
        owners[k] = to;
      }
    };
    std::vector<Piece> others;
    const std::function<void(std::size_t, const std::string&, std::vector<Piece>&)> steps =
        [&](std::size_t actor, const std::string& program, std::vector<Piece>& mine) {
          for (const char step : program) {
            if (step != 'f' && step != 'F') {
              const auto order = static_cast<unsigned>(step - '0');
              void* start = p.take(order);
              if (start == nullptr) continue;
              mine.push_back({start, order});
              mark(mine.back(), 0, static_cast<unsigned>(actor) + 1);
              continue;
            }
            for (std::size_t n = step == 'f' ? 1 : mine.size(); n != 0 && !mine.empty(); --n) {
              const Piece piece = mine.back();
              mine.pop_back();
              mark(piece, static_cast<unsigned>(actor) + 1, 0);
              p.pool.free(piece.start);
            }
          }
        };
    const std::function<void(std::size_t)> act = [&](std::size_t actor) {
      if (actor != 2) HookBackend::before(Access::any, at[actor], [&, actor] { act(actor + 1); });
      std::vector<Piece> mine;
      steps(actor, actors[actor], mine);
      for (const Piece& piece : mine) mark(piece, static_cast<unsigned>(actor) + 1, 9);
      others.insert(others.end(), mine.begin(), mine.end());
    };
    std::vector<Piece> first;
    steps(7, before, first);
    act(0);
    HookBackend::clear();
    sound = sound && p.pool.violation() == nullptr;
    for (const Piece& piece : first) p.pool.free(piece.start);
    for (const Piece& piece : others) p.pool.free(piece.start);
    sound = sound && p.pool.violation() == nullptr && p.pool.used() == 0 &&
            p.pool.largest_free() == leaf << largest;
    bad += sound ? 0 : 1;
  }
};

TEST(LocklessBuddyAllocator, NestedActorsNeverShareOrLoseALeaf) {
  for (const std::string before : {"", "0", "2", "22"}) {
    Nested nested{16, 4, 2};
    nested.run({"0f", "2f", "3f", "4F", "00F", "13F", "0f3f"}, before);
    EXPECT_GT(nested.executions, 50'000);
    EXPECT_EQ(nested.bad, 0) << "before: " << before;
  }
}

// Two levels of nodes.
TEST(LocklessBuddyAllocator, NestedActorsOverTwoLevelsOfNodes) {
  for (const std::string before : {"", "0"}) {
    Nested nested{64, 6, 2};
    nested.run({"0f", "4f", "5f", "6f", "03F"}, before);
    EXPECT_EQ(nested.bad, 0) << "before: " << before;
  }
}

}  // namespace
}  // namespace poolproof::test
