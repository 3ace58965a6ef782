// Litmus tests: what the engine and the backend can see, shown on a few lines each, and what they
// cannot. The second kind is named Limit: such a test passes where C++20 would allow more.
// Includes from below: models.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "relacy/engine/model_engine.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/tree_strategy.hpp"
#include "relacy_backend.hpp"

namespace poolproof {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

// Two words, a plain variable, and what each actor read.
struct State {
  RelacyAtomic<unsigned> x{0};
  RelacyAtomic<unsigned> y{0};
  RelacyVar<unsigned> data{0};
  std::array<unsigned, 4> read{};
  std::array<RelacyMutex, 2> mutex;
  ExecutionLocal<RelacyAtomic<unsigned>> forgotten;
};

// A litmus test whose actors are functions on a State; counts executions with the outcome.
template <class Actors, class Outcome>
class Litmus final : public ModelTest {
 public:
  Litmus(Actors actors, Outcome outcome) : actors_(actors), outcome_(outcome) {}
  void before() override { state_.make(); }
  void actor(unsigned index) override { actors_(*state_, index); }
  void after() override {
    if (outcome_(*state_)) ++seen;
    state_.destroy();
  }
  unsigned seen = 0;

 private:
  Actors actors_;
  Outcome outcome_;
  ExecutionLocal<State> state_;
};

constexpr std::uint64_t enough = 3000;

template <class Actors>
ModelResult run(unsigned count, Actors actors) {
  Litmus test(actors, [](State&) { return false; });
  RandomStrategy strategy(1, {.last = enough});
  return explore(test, count, strategy);
}
template <class Actors>
ModelResult run_tree(unsigned count, Actors actors, unsigned preemptions = 3) {
  Litmus test(actors, [](State&) { return false; });
  TreeStrategy strategy(preemptions, 1);
  return explore(test, count, strategy, {.stale_reads = StaleReads::one});
}
template <class Actors, class Outcome>
unsigned count_outcome(unsigned count, Actors actors, Outcome outcome) {
  Litmus test(actors, outcome);
  RandomStrategy strategy(1, {.last = enough});
  EXPECT_TRUE(explore(test, count, strategy).passed);
  return test.seen;
}
bool is_race(const ModelResult& result) { return !result.passed && result.oracle == "race"; }

auto message_passing(std::memory_order store, std::memory_order load) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(1);
      s.x.store(1, store);
    } else if (s.x.load(load) == 1) {
      require(s.data.get() == 1, "message", "the message is not there");
    }
  };
}

TEST(Litmus, MessagePassing) {
  EXPECT_TRUE(run(2, message_passing(release, acquire)).passed);
  EXPECT_TRUE(is_race(run(2, message_passing(relaxed, acquire))));
  EXPECT_TRUE(is_race(run(2, message_passing(release, relaxed))));
}

TEST(Litmus, MessagePassingExhaustively) {
  EXPECT_TRUE(run_tree(2, message_passing(release, acquire)).exhausted);
  EXPECT_TRUE(is_race(run_tree(2, message_passing(relaxed, acquire))));
}

TEST(Litmus, PlainRace) {
  EXPECT_TRUE(is_race(run(2, [](State& s, unsigned actor) { s.data.set(actor); })));
  EXPECT_TRUE(run(2, [](State& s, unsigned) { s.data.get(); }).passed);
}

unsigned both_zero(std::memory_order store, std::memory_order load) {
  return count_outcome(
      2,
      [=](State& s, unsigned actor) {
        RelacyAtomic<unsigned>& mine = actor == 0 ? s.x : s.y;
        RelacyAtomic<unsigned>& other = actor == 0 ? s.y : s.x;
        mine.store(1, store);
        s.read[actor] = other.load(load);
      },
      [](State& s) { return s.read[0] == 0 && s.read[1] == 0; });
}

TEST(Litmus, StoreBuffering) {
  EXPECT_GT(both_zero(relaxed, relaxed), 0u);
  EXPECT_GT(both_zero(release, acquire), 0u);
  EXPECT_EQ(both_zero(seq_cst, seq_cst), 0u);
}

void publish(State& s) {
  s.data.set(1);
  s.x.store(1, release);
}

// data is written before x becomes 1; another actor makes 2 of it; who reads 2 reads data.
auto chain(bool read_modify_write) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) {
      publish(s);
    } else if (actor == 1) {
      if (!read_modify_write) {
        if (s.x.load(relaxed) == 1) s.x.store(2, relaxed);
      } else {
        s.x.fetch_add(1, relaxed);
      }
    } else if (s.x.load(acquire) == 2) {
      s.data.get();
    }
  };
}

TEST(Litmus, ReleaseSequenceGoesThroughReadModifyWritesOfOthers) {
  EXPECT_TRUE(run(3, chain(true)).passed);
  EXPECT_TRUE(is_race(run(3, chain(false))));
}

// Actor 1 fails to exchange the published value, and then reads data.
auto failing_cas(std::memory_order success, std::memory_order failure) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) return publish(s);
    unsigned expected = 7;
    if (!s.x.compare_exchange_strong(expected, 8, success, failure) && expected == 1) s.data.get();
  };
}
// Actor 1 exchanges the published value, and then reads data.
auto succeeding_cas(std::memory_order success, std::memory_order failure) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) return publish(s);
    unsigned expected = 1;
    if (s.x.compare_exchange_weak(expected, 8, success, failure)) s.data.get();
  };
}

// A failure order stronger than the success order counts, and does not leak into a success.
TEST(Litmus, CasOrders) {
  for (const auto success : {relaxed, acquire, release, acq_rel, seq_cst}) {
    const bool acquires = success != relaxed && success != release;
    for (const auto failure : {relaxed, acquire, seq_cst}) {
      SCOPED_TRACE(testing::Message() << int(success) << ' ' << int(failure));
      EXPECT_EQ(run(2, failing_cas(success, failure)).passed, failure != relaxed);
      EXPECT_EQ(run(2, succeeding_cas(success, failure)).passed, acquires);
    }
  }
}

template <bool Weak>
unsigned cas_failures() {
  return count_outcome(
      2,
      [](State& s, unsigned actor) {
        if (actor != 0) return;
        unsigned expected = 0;
        s.read[0] = Weak ? s.x.compare_exchange_weak(expected, 1, relaxed, relaxed)
                         : s.x.compare_exchange_strong(expected, 1, relaxed, relaxed);
      },
      [](State& s) { return s.read[0] == 0; });
}

TEST(Litmus, WeakCasFailsSpuriously) {
  EXPECT_GT(cas_failures<true>(), 0u);
  EXPECT_EQ(cas_failures<false>(), 0u);
}

// Actor 0 writes x, then y; the outcome: actor 1 sees the new y and then the old x.
template <class Read>
unsigned old_x_after_new_y(Read read_x) {
  return count_outcome(
      2,
      [=](State& s, unsigned actor) {
        if (actor == 0) {
          s.x.store(1, relaxed);
          s.y.store(1, relaxed);
        } else {
          s.read[0] = s.y.load(relaxed);
          s.read[1] = read_x(s.x);
        }
      },
      [](State& s) { return s.read[0] == 1 && s.read[1] == 0; });
}

TEST(Litmus, LoadsSeeOldStores) {
  EXPECT_GT(old_x_after_new_y([](auto& x) { return x.load(relaxed); }), 0u);
}

TEST(Litmus, ALoopWithoutEndIsALivelock) {
  const auto spin = [](State& s, unsigned) {
    while (s.x.load(relaxed) == 0) RelacyBackend::pause();
  };
  EXPECT_EQ(run(2, spin).oracle, "livelock");
  EXPECT_EQ(run_tree(2, spin).oracle, "livelock");
}

// Who waits is not chosen again and again in the tree: the other gets its turn.
TEST(Litmus, WaitingIsNoLivelock) {
  const auto wait = [](State& s, unsigned actor) {
    if (actor == 0) return publish(s);
    while (s.x.load(acquire) == 0) RelacyBackend::pause();
    s.data.get();
  };
  EXPECT_TRUE(run(3, wait).passed);
  EXPECT_TRUE(run_tree(2, wait).exhausted);
}

TEST(Litmus, TwoMutexesInOppositeOrdersAreADeadlock) {
  const auto lock_both = [](State& s, unsigned actor) {
    s.mutex[actor].lock();
    s.mutex[1 - actor].lock();
    s.mutex[1 - actor].unlock();
    s.mutex[actor].unlock();
  };
  EXPECT_EQ(run(2, lock_both).oracle, "deadlock");
  EXPECT_EQ(run_tree(2, lock_both).oracle, "deadlock");
}

TEST(Litmus, AnAtomicThatIsNotDestroyedIsALeak) {
  const auto leak = [](State& s, unsigned actor) {
    if (actor == 0) s.forgotten.make(0U);
  };
  EXPECT_EQ(run(2, leak).oracle, "leak");
}

TEST(Litmus, WhatIsLeftOfTheLastExecutionIsNondeterminism) {
  unsigned executions = 0;
  const auto remember = [&](State& s, unsigned actor) {
    if (actor == 0 && ++executions % 3 == 0) s.x.fetch_add(1, relaxed);
    s.x.fetch_add(1, relaxed);
  };
  EXPECT_EQ(run_tree(2, remember).oracle, "nondeterminism");
}

TEST(Limit, InATreeAWeakCasFailsSpuriouslyOnceForEachAtomic) {
  unsigned most = 0;
  const auto exchange = [&](State& s, unsigned actor) {
    if (actor != 0) return;
    unsigned expected = 0;
    unsigned failures = 0;
    while (!s.x.compare_exchange_weak(expected, 1, relaxed, relaxed)) ++failures;
    most = std::max(most, failures);
  };
  EXPECT_TRUE(run_tree(2, exchange).exhausted);
  EXPECT_EQ(most, 1u);
  EXPECT_TRUE(run(2, exchange).passed);
  EXPECT_GT(most, 2u);
}

TEST(Litmus, AFailedCasMayReadAnOldStore) {
  EXPECT_GT(old_x_after_new_y([](auto& x) {
              unsigned expected = 7;
              x.compare_exchange_strong(expected, 8, relaxed, relaxed);
              return expected;
            }),
            0u);
}

// 2+2W: each of two actors finds its first store behind the other's second one.
TEST(Litmus, StoresMayComeInAnotherOrderThanTheirSteps) {
  const auto actors = [](State& s, unsigned actor) {
    (actor == 0 ? s.x : s.y).store(1, relaxed);
    (actor == 0 ? s.y : s.x).store(2, relaxed);
  };
  EXPECT_GT(
      count_outcome(2, actors,
                    [](State& s) { return s.x.load(relaxed) == 1 && s.y.load(relaxed) == 1; }),
      0u);
}

// Since C++20, the actor's own relaxed store ends its release sequence: reading 2 is a race.
TEST(Litmus, OwnRelaxedStoreEndsAReleaseSequence) {
  const auto actors = [](State& s, unsigned actor) {
    if (actor == 0) {
      publish(s);
      s.x.store(2, relaxed);
    } else if (s.x.load(acquire) == 2) {
      s.data.get();
    }
  };
  EXPECT_TRUE(is_race(run(2, actors)));
}

// Actor 0 stores 1, 2 and 3 to x, then 1 to y; actor 1, which sees that, may see any of them, and
// 0. In how many executions does it see which?
std::array<unsigned, 4> seen_of_three_stores(bool systematic) {
  const auto actors = [](State& s, unsigned actor) {
    if (actor == 0) {
      for (const unsigned value : {1U, 2U, 3U}) s.x.store(value, relaxed);
      s.y.store(1, relaxed);
    } else if (s.y.load(relaxed) == 1) {
      s.read[0] = 1 + s.x.load(relaxed);
    }
  };
  std::array<unsigned, 4> seen{};
  for (unsigned value = 0; value != 4; ++value) {
    Litmus test(actors, [=](State& s) { return s.read[0] == 1 + value; });
    RandomStrategy random(1, {.last = enough});
    TreeStrategy tree(3, 1);
    Strategy& strategy = systematic ? static_cast<Strategy&>(tree) : random;
    EXPECT_TRUE(
        explore(test, 2, strategy, {.stale_reads = systematic ? StaleReads::one : StaleReads::all})
            .passed);
    seen[value] = test.seen;
  }
  return seen;
}

TEST(Litmus, LoadsSeeThreeOldStores) {
  const auto seen = seen_of_three_stores(false);
  for (const unsigned value : {0U, 1U, 2U, 3U}) EXPECT_GT(seen[value], 0u) << value;
}
TEST(Limit, InATreeLoadsSeeOneOldStoreAtMost) {
  const auto seen = seen_of_three_stores(true);
  EXPECT_EQ(seen[0] + seen[1], 0u);
  for (const unsigned value : {2U, 3U}) EXPECT_GT(seen[value], 0u) << value;
}

// Load buffering: C++20 lets both read 1, but an execution takes each actor's steps in order.
TEST(Limit, NoLoadSeesALaterStore) {
  const auto actors = [](State& s, unsigned actor) {
    s.read[actor] = (actor == 0 ? s.x : s.y).load(relaxed);
    (actor == 0 ? s.y : s.x).store(1, relaxed);
  };
  EXPECT_EQ(count_outcome(2, actors, [](State& s) { return s.read[0] == 1 && s.read[1] == 1; }),
            0u);
}

}  // namespace
}  // namespace poolproof
