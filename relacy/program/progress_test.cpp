// Searches that stop one actor for good, and what becomes of the others.
#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/cli/program.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/tree_strategy.hpp"

namespace poolproof {
namespace {

struct State {
  RelacyAtomic<unsigned> word{0};
  RelacyMutex mutex;
  unsigned done = 0;
};

// Actors that are functions on a State; each says that it is done.
class Progress final : public ModelTest {
 public:
  using Actor = std::function<void(State&, unsigned)>;
  explicit Progress(Actor actor) : actor_(std::move(actor)) {}
  void before() override { state_.make(); }
  void actor(unsigned index) override {
    actor_(*state_, index);
    ++state_->done;
  }
  void after() override {
    all_done = all_done && state_->done == 3;
    state_.destroy();
  }
  bool all_done = true;

 private:
  Actor actor_;
  ExecutionLocal<State> state_;
};

constexpr auto relaxed = std::memory_order_relaxed;

ModelResult run(Progress& test, bool stop_one_actor, std::uint64_t executions = 2000) {
  RandomStrategy strategy(1, {.last = executions});
  return explore(test, 3, strategy, {.depth = 400, .stop_one_actor = stop_one_actor});
}

void lock(State& state, unsigned) {
  const std::lock_guard guard(state.mutex);
  state.word.fetch_add(1, relaxed);
}
void spin(State& state, unsigned) {
  while (state.word.exchange(1, std::memory_order_acquire) != 0) RelacyBackend::pause();
  state.word.store(0, std::memory_order_release);
}
void add(State& state, unsigned) {
  for (int i = 0; i != 3; ++i) state.word.fetch_add(1, relaxed);
}
// Lock-free: whoever fails does so because another has got through.
void add_by_cas(State& state, unsigned) {
  unsigned old = state.word.load(relaxed);
  while (!state.word.compare_exchange_weak(old, old + 1, relaxed, relaxed)) {
  }
}
// Each waits for the one before it.
void in_turn(State& state, unsigned actor) {
  while (state.word.load(relaxed) != actor) RelacyBackend::pause();
  state.word.store(actor + 1, relaxed);
}

TEST(Progress, WaitFreeAndLockFreeCodePassesAndEverybodyEnds) {
  for (const auto& actor : {add, add_by_cas}) {
    Progress test(actor);
    const ModelResult result = run(test, true);
    EXPECT_TRUE(result.passed) << result.failure;
    EXPECT_GT(result.stopped, 50U);
    EXPECT_LT(result.stopped, 2000U);
    EXPECT_TRUE(test.all_done) << "who was stopped goes on when the others are done";
  }
}

TEST(Progress, WhoHoldsALockStopsTheOthers) {
  Progress test(lock);
  EXPECT_TRUE(run(test, false).passed);
  const ModelResult result = run(test, true);
  ASSERT_FALSE(result.passed);
  EXPECT_EQ(result.oracle, "progress");
  EXPECT_NE(result.failure.find("which is stopped"), std::string::npos) << result.failure;
}

TEST(Progress, SpinningAndWaitingInTurnAreLocksToo) {
  for (const auto& actor : {spin, in_turn}) {
    Progress test(actor);
    EXPECT_TRUE(run(test, false).passed);
    const ModelResult result = run(test, true);
    ASSERT_FALSE(result.passed);
    EXPECT_EQ(result.oracle, "progress");
    EXPECT_NE(result.failure.find("come to no end within 400 steps"), std::string::npos)
        << result.failure;
  }
}

TEST(Progress, NobodyIsStoppedWithoutIt) {
  Progress test(add);
  EXPECT_EQ(run(test, false).stopped, 0U);
}

// Every step at which one can be stopped is a choice as any other.
TEST(Progress, ASystematicSearchStopsEverybodyEverywhere) {
  Progress test(lock);
  TreeStrategy strategy(0, 1);
  const ModelResult result =
      explore(test, 3, strategy, {.stale_reads = StaleReads::one, .stop_one_actor = true});
  EXPECT_EQ(result.oracle, "progress");
  Progress free(add);
  TreeStrategy all(1, 1);
  const ModelResult whole =
      explore(free, 3, all, {.stale_reads = StaleReads::one, .stop_one_actor = true});
  EXPECT_TRUE(whole.passed && whole.exhausted) << whole.failure;
}

TEST(Progress, AFailureIsReplayedByItsSchedule) {
  for (const auto& actor : {lock, spin}) {
    Progress test(actor);
    const ModelResult first = run(test, true);
    ReplayStrategy again(first.schedule);
    const ModelResult second = explore(test, 3, again, {.depth = 400, .stop_one_actor = true});
    EXPECT_EQ(second.failure, first.failure);
    EXPECT_TRUE(again.fits());
  }
}

ProgramResult check(const std::string& allocator) {
  return run_program({"check", "-a", allocator, "--lock-free", "-s", "churn,random,shared_bucket",
                      "--executions", "20000", "--seed", "1"});
}

// What is too thin for a PASS says so; none FAILs.
TEST(ProgressCommand, LockFreePoolsDoNotFail) {
  for (const std::string allocator :
       {"lockless", "deferred", "bitmap", "hinted", "cached", "async_linear"}) {
    const bool is_short = allocator == "async_linear";  // and has enough for a PASS
    const ProgramResult result =
        run_program({"check", "-a", allocator, "--lock-free", "--executions",
                     is_short ? "20000" : "6000", "--seed", "1", "--json"});
    EXPECT_EQ(result.status == 0, is_short) << result.out;
    for (const auto& each : nlohmann::json::parse(result.out).at("runs")) {
      EXPECT_EQ(each.at("progress"), true);
      EXPECT_GT(each.at("stopped").get<std::uint64_t>(), 1000U);
      EXPECT_NE(each.at("verdict"), "FAIL");
      if (each.at("verdict") == "PASS") continue;
      EXPECT_NE(each.at("reason").get<std::string>().find("would be enough"), std::string::npos);
    }
  }
}

TEST(ProgressCommand, ALockedPoolFailsAndTheTokenShowsWhoWaitsForWhom) {
  const ProgramResult result = check("locked");
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("lock-free: an actor is stopped for good"), std::string::npos);
  const std::string replay = "again: poolproof replay ";
  const std::size_t start = result.out.find(replay);
  ASSERT_NE(start, std::string::npos) << result.out;
  const std::size_t token = start + replay.size();
  const ProgramResult again =
      run_program({"replay", result.out.substr(token, result.out.find('\n', token) - token)});
  EXPECT_EQ(again.status, 1);
  for (const ProgramResult& each : {result, again}) {
    for (const char* words : {"is stopped here for good", "waits for", "never unlocks it"}) {
      EXPECT_NE(each.out.find(words), std::string::npos) << words << '\n' << each.out;
    }
  }
}

}  // namespace
}  // namespace poolproof
