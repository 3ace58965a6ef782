// Executions of fine steps: what code does with plain memory behind an access that writes.
// Includes from below: models, replay.
#include <gtest/gtest.h>

#include "relacy/engine/model_engine.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/replay/token.hpp"
#include "relacy/search/handover_strategy.hpp"
#include "relacy/search/pos_strategy.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/selective_strategy.hpp"
#include "relacy/search/walk_strategy.hpp"
#include "relacy_backend.hpp"

namespace poolproof {
namespace {

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

// Actor 0 publishes a word of plain memory, which actor 1 then owns; late: writes to it after that.
class Publisher final : public ModelTest {
 public:
  explicit Publisher(bool late) : late_(late) {}

  void before() override {
    word_ = 1;
    published_.make(0U);
  }
  void actor(unsigned index) override {
    if (index == 0) return publish();
    if (published_->load(acquire) == 0) return;
    word_ = 2;
    model_fine_step();
    require(word_ == 2, "payload", "somebody else wrote");
  }
  void after() override { published_.destroy(); }

 private:
  void publish() {
    if (!late_) word_ = 0;
    published_->store(1, release);
    if (late_) word_ = 0;
  }

  const bool late_;
  unsigned word_ = 1;
  ExecutionLocal<RelacyAtomic<unsigned>> published_;
};

ModelResult search(bool late, Strategy&& strategy) {
  Publisher publisher(late);
  return explore(publisher, 2, strategy);
}

TEST(FineSteps, AWriteBehindAPublicationIsFound) {
  const StepProfile profile{.steps = {1, 1}, .most = 2};
  const ModelResult random = search(true, RandomStrategy(1, {.last = 2000}));
  const ModelResult walk = search(true, WalkStrategy(1, {.last = 2000}, profile));
  const ModelResult pos = search(true, PosStrategy(1, {.last = 2000}));
  const ModelResult selective = search(true, SelectiveStrategy(1, {.last = 2000}, profile));
  const ModelResult handover = search(true, HandoverStrategy(1, {.last = 2000}));
  for (const ModelResult& result : {random, walk, pos, selective, handover}) {
    EXPECT_FALSE(result.passed);
    EXPECT_EQ(result.oracle, "payload");
    EXPECT_TRUE(has_fine_steps(result.schedule));
  }
}

TEST(FineSteps, AWriteBeforeItIsRight) {
  EXPECT_TRUE(search(false, RandomStrategy(1, {.last = 2000})).passed);
}

TEST(FineSteps, ATokenLeadsThereAgain) {
  const ModelResult found = search(true, RandomStrategy(1, {.last = 2000}));
  Token token;
  token.allocator = "a";
  token.scenario = "s";
  token.schedule = found.schedule;
  const Token again = read_token(*write_token(token));
  EXPECT_TRUE(has_fine_steps(again.schedule));
  const ModelResult replayed = search(true, ReplayStrategy(again.schedule));
  EXPECT_EQ(replayed.oracle, "payload");
  EXPECT_EQ(replayed.schedule, found.schedule);
}

TEST(FineSteps, LimitSystematicSearchesHaveNone) {
  const ModelResult all = search(true, ExhaustiveStrategy({}));
  EXPECT_TRUE(all.passed);
  EXPECT_TRUE(all.exhausted);
}

TEST(FineSteps, AreOneExecutionInEight) {
  RandomStrategy strategy(7, {.last = 8000});
  unsigned fine = 0;
  while (strategy.begin()) fine += strategy.has_fine_steps() ? 1 : 0;
  EXPECT_NEAR(fine, 1000, 120);
}

}  // namespace
}  // namespace poolproof
