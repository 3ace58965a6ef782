// The must-succeed oracle, shown allocs that fail with and without reason; and the actor's own
// ring.
#include "stress_actor.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace poolproof {
namespace {

// Hands out what the test puts in.
struct ScriptedPool {
  std::deque<void*> blocks;
  void* alloc_block() {
    if (blocks.empty()) return nullptr;
    void* block = blocks.front();
    blocks.pop_front();
    return block;
  }
  void free_block(void*) {}
};

class StressActorTest : public testing::Test {
 protected:
  static constexpr std::size_t block_size = 16;
  static constexpr std::uint32_t most_held = 8;

  void start(bool roomy) { actor_.start_round(pool_, {.quota = most_held, .roomy = roomy}); }
  void* block(std::size_t i) { return memory_ + i * block_size; }
  // Blocks [0, count) have been owned, and are free.
  void use_and_free(std::size_t count) {
    for (std::size_t i = 0; i != count; ++i) {
      ledger_.acquired(7, block(i));
      ledger_.releasing(7, block(i));
    }
  }
  // Often enough for an oracle that looks at one failure in sixteen.
  void fail_often() {
    for (int i = 0; i != 500; ++i) EXPECT_EQ(actor_.alloc(), nullptr);
  }
  std::string oracle() const { return log_.first() ? log_.first()->oracle : "none"; }

  alignas(64) std::byte memory_[1024] = {};
  ScriptedPool pool_;
  ViolationLog log_;
  Ledger ledger_{log_, memory_, sizeof memory_, block_size, block_size};
  ActorState state_;
  StressActor<ScriptedPool> actor_{0, 1, ledger_, log_, state_, most_held};
};

TEST_F(StressActorTest, NoAllocMayFailInARoomyPool) {
  start(true);
  EXPECT_EQ(actor_.alloc(), nullptr);
  EXPECT_EQ(oracle(), "must_succeed");
}

TEST_F(StressActorTest, AllocMayFailWhenNothingIsFree) {
  start(false);
  fail_often();
  EXPECT_EQ(oracle(), "none");
  EXPECT_EQ(state_.exhaustions, 500U);
}

TEST_F(StressActorTest, AllocMayFailWhenOthersMayHaveTheBlocksInTheirHands) {
  start(false);
  use_and_free(4);
  fail_often();
  EXPECT_EQ(oracle(), "none");
}

TEST_F(StressActorTest, AllocMayFailWhenAllBlocksAreOwned) {
  start(false);
  for (std::size_t i = 0; i != 20; ++i) ledger_.acquired(7, block(i));
  fail_often();
  EXPECT_EQ(oracle(), "none");
}

TEST_F(StressActorTest, AllocMustNotFailWhileManyBlocksStayFree) {
  start(false);
  use_and_free(20);
  fail_often();
  EXPECT_EQ(oracle(), "must_succeed");
}

TEST_F(StressActorTest, HoldsBlocksInOrder) {
  start(true);
  std::deque<void*> expected;
  Rng rng(1, 1);
  for (int step = 0; step != 1000; ++step) {
    ASSERT_EQ(actor_.held(), expected.size());
    if (expected.size() != most_held && rng.below(2) == 0) {
      actor_.hold(block(rng.below(60)));
      // The block just held is the last one.
      expected.push_back(actor_.take(actor_.held() - 1));
      actor_.hold(expected.back());
    } else if (!expected.empty() && rng.below(2) == 0) {
      EXPECT_EQ(actor_.take_oldest(), expected.front());
      expected.pop_front();
    } else if (!expected.empty()) {
      const std::uint32_t i = rng.below(actor_.held());
      EXPECT_EQ(actor_.take(i), expected[i]);
      expected[i] = expected.back();
      expected.pop_back();
    }
  }
}

}  // namespace
}  // namespace poolproof
