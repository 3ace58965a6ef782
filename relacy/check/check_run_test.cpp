// A check from its start to its report, on models that go wrong in every way there is.
// Includes from below: program/reports.
#include "check_run.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/program/reports/check_progress.hpp"
#include "relacy/replay/shrink.hpp"
#include "relacy/replay/token.hpp"
#include "relacy/replay/tries.hpp"
#include "relacy/search/random_strategy.hpp"

namespace poolproof {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// A word that the actors share, and what they do with it.
class WordModel final : public ModelTest {
 public:
  using Act = void (*)(RelacyAtomic<unsigned>& word, unsigned actor);

  explicit WordModel(Act act) : act_(act) {}
  void before() override { word_.make(0U); }
  void actor(unsigned index) override { act_(*word_, index); }
  void after() override { word_.destroy(); }

 private:
  Act act_;
  ExecutionLocal<RelacyAtomic<unsigned>> word_;
};

CheckConfig config_of(CheckSearch::Kind search) {
  CheckConfig config;
  config.allocator = "model";
  config.scenario = "test";
  config.search.kind = search;
  config.budget = std::chrono::seconds(2);
  config.jobs = 2;
  return config;
}

CheckReport check(const CheckConfig& config, WordModel::Act act) {
  const std::atomic<bool> stop{false};
  const std::vector<CheckConfig> runs{config};
  CheckProgress progress(runs);
  progress.start(0);
  const auto make = [act](const Scope&) { return std::make_unique<WordModel>(act); };
  return run_check({.config = config, .make = make, .watcher = progress, .stop = stop});
}

CheckReport check(WordModel::Act act) { return check(config_of(CheckSearch::Kind::random), act); }

void use(RelacyAtomic<unsigned>& word) { word.fetch_add(1, relaxed); }

TEST(CheckRun, Passes) {
  CheckConfig config = config_of(CheckSearch::Kind::random);
  config.executions = 5001;
  const auto act = [](RelacyAtomic<unsigned>& word, unsigned) { use(word); };
  const CheckReport random = check(config, act);
  EXPECT_EQ(random.verdict, Verdict::pass);
  EXPECT_EQ(random.executions, 5001u);
  EXPECT_FALSE(random.exhausted);
  const CheckReport all = check(config_of(CheckSearch::Kind::interleavings), act);
  EXPECT_EQ(all.verdict, Verdict::pass);
  EXPECT_EQ(all.executions, 90u);  // 6! / 2!^3
  EXPECT_TRUE(all.exhausted);
}

// What fails in many rounds alone: the failure, its token too, has a scope in which there are so
// many.
TEST(CheckRun, AnAutomaticSearchLooksIntoAWiderScope) {
  const CheckConfig config = config_of(CheckSearch::Kind::automatic);
  class Deep final : public ModelTest {
   public:
    explicit Deep(const Scope& scope) : rounds_(scope.rounds) {}
    void before() override { word_.make(0U); }
    void actor(unsigned) override {
      for (unsigned i = 0; i != rounds_; ++i) word_->fetch_add(1, relaxed);
    }
    void after() override {
      require(rounds_ < 10, "depth", "there were many rounds");
      word_.destroy();
    }

   private:
    const unsigned rounds_;
    ExecutionLocal<RelacyAtomic<unsigned>> word_;
  };
  const std::atomic<bool> stop{false};
  const std::vector<CheckConfig> runs{config};
  CheckProgress progress(runs);
  progress.start(0);
  const auto make = [](const Scope& scope) { return std::make_unique<Deep>(scope); };
  const CheckReport report =
      run_check({.config = config, .make = make, .watcher = progress, .stop = stop});
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "depth");
  EXPECT_GE(report.failure->scope.rounds, 10u);
  const CheckReport again = run_replay(read_token(report.failure->token), make);
  EXPECT_EQ(again.verdict, Verdict::fail);
}

TEST(CheckRun, ShardsTogetherMakeAllExecutions) {
  CheckConfig config = config_of(CheckSearch::Kind::random);
  config.executions = 1000;
  config.shards = 7;
  std::uint64_t sum = 0;
  for (config.shard = 1; config.shard <= config.shards; ++config.shard) {
    sum += check(config, [](RelacyAtomic<unsigned>& word, unsigned) { use(word); }).executions;
  }
  EXPECT_EQ(sum, 1000u);
}

void expect_failure(const CheckReport& report, const std::string& oracle) {
  EXPECT_EQ(report.verdict, Verdict::fail);
  ASSERT_TRUE(report.failure.has_value());
  EXPECT_EQ(report.failure->oracle, oracle) << report.failure->message;
}

// The token leads there again, here and in a process of its own.
TEST(CheckRun, AFailureHasATokenThatFailsAgain) {
  const auto act = [](RelacyAtomic<unsigned>& word, unsigned actor) {
    use(word);
    use(word);
    require(actor != 2 || word.load(relaxed) != 5, "five", "the word is five");
  };
  for (const auto search : {CheckSearch::Kind::random, CheckSearch::Kind::interleavings}) {
    const CheckReport report = check(config_of(search), act);
    expect_failure(report, "five");
    EXPECT_FALSE(report.failure->trace.empty());
    const auto make = [act](const Scope&) { return std::make_unique<WordModel>(act); };
    const CheckReport again = run_replay(read_token(report.failure->token), make);
    expect_failure(again, "five");
    EXPECT_EQ(again.failure->trace, report.failure->trace);
  }
}

TEST(CheckRun, TheTokenOfWhatWasCuredPasses) {
  const CheckReport report = check([](RelacyAtomic<unsigned>& word, unsigned) {
    use(word);
    require(word.load(relaxed) != 3, "three", "the word is three");
  });
  const auto make = [](const Scope&) {
    return std::make_unique<WordModel>([](RelacyAtomic<unsigned>& word, unsigned) {
      use(word);
      word.load(relaxed);
    });
  };
  const CheckReport again = run_replay(read_token(report.failure->token), make);
  EXPECT_NE(again.verdict, Verdict::fail);
}

TEST(CheckRun, Livelock) {
  expect_failure(check([](RelacyAtomic<unsigned>& word, unsigned) {
                   while (word.load(relaxed) == 0) RelacyBackend::pause();
                 }),
                 "livelock");
}

// If no child lives to tell, the parent does.
TEST(CheckRun, Crash) {
  const CheckReport report = check([](RelacyAtomic<unsigned>& word, unsigned) {
    use(word);
    if (word.load(relaxed) == 3) std::raise(SIGSEGV);
  });
  expect_failure(report, "crash");
  EXPECT_NE(report.failure->message.find("SIGSEGV"), std::string::npos);
  EXPECT_NE(report.failure->token, "");
  EXPECT_NE(report.failure->trace.find("FAIL  crash: the process died of SIGSEGV"),
            std::string::npos)
      << report.failure->trace;
  EXPECT_GE(report.failure->events, 4u);
}
// As other failures are, each try in a process of its own. Of an execution that is as short as it
// can be nothing is said.
TEST(CheckRun, ACrashIsShrunk) {
  CheckConfig config = config_of(CheckSearch::Kind::random);
  const auto act = [](RelacyAtomic<unsigned>& word, unsigned) {
    for (int i = 0; i != 8; ++i) use(word);
    if (word.load(relaxed) >= 10) std::abort();
  };
  config.shrink_limit = Nanoseconds(0);
  const CheckReport whole = check(config, act);
  expect_failure(whole, "crash");
  EXPECT_EQ(whole.failure->shrink_seconds, 0);
  config.shrink_limit = std::chrono::seconds(10);
  const CheckReport report = check(config, act);
  expect_failure(report, "crash");
  EXPECT_GT(report.failure->shrink_seconds, 0);
  EXPECT_LE(report.failure->preemptions, 1u);
  EXPECT_LT(report.failure->events, whole.failure->events);
  EXPECT_NE(report.failure->message.find("SIGABRT"), std::string::npos) << report.failure->message;
}
// One without an end, too; of which a check learns when it has waited for 10 s.
TEST(CheckRun, AHangIsShrunk) {
  const auto make = [](const Scope&) {
    return std::make_unique<WordModel>([](RelacyAtomic<unsigned>& word, unsigned) {
      for (int i = 0; i != 4; ++i) use(word);
      volatile bool go_on = word.load(relaxed) >= 5;
      while (go_on) {
      }
    });
  };
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(10);
  const auto model = make({});
  RandomStrategy search(1, {});
  const ModelResult found = Tries({}, deadline, true).explore(*model, 3, search);
  ASSERT_EQ(found.oracle, "progress");
  FoundFailure best{{3, 1, 1}, found.schedule, found.oracle, found.failure};
  shrink(make, best, {.fatal = true}, deadline, [&](const FoundFailure& better) { best = better; });
  EXPECT_EQ(best.scope.actors, 2u);
  EXPECT_EQ(best.oracle, "progress");
  EXPECT_LT(cost(best.schedule), cost(found.schedule));
  // A schedule that does not fail is not made smaller.
  best.schedule.clear();
  best.oracle = "crash";
  shrink(make, best, {.fatal = true}, deadline,
         [&](const FoundFailure&) { ADD_FAILURE() << "it is no crash"; });
}
// Not only where the search is random, whose executions have short tokens.
TEST(CheckRun, ACrashHasATraceInEachSearch) {
  for (const auto kind : {CheckSearch::Kind::walk, CheckSearch::Kind::interleavings}) {
    CheckConfig config = config_of(kind);
    config.shrink_limit = Nanoseconds(0);
    const CheckReport report = check(config, [](RelacyAtomic<unsigned>& word, unsigned) {
      use(word);
      if (word.load(relaxed) == 3) std::abort();
    });
    expect_failure(report, "crash");
    EXPECT_NE(report.failure->trace.find("SIGABRT"), std::string::npos);
    EXPECT_NE(report.failure->token, "");
  }
}
// As a check says it once an execution has not ended for 10 s.
TEST(CheckRun, AHangHasATrace) {
  const auto make = [](const Scope&) {
    return std::make_unique<WordModel>([](RelacyAtomic<unsigned>& word, unsigned actor) {
      use(word);
      volatile bool go_on = true;
      while (actor == 1 && go_on) {
      }
    });
  };
  const CheckReport report =
      run_replay(read_token("pp1:specimen.no_nonce:batch:3x3x1:sBCBUhSRWvLka"), make);
  expect_failure(report, "progress");
  EXPECT_NE(report.failure->message.find("the execution comes to no end, in "), std::string::npos)
      << report.failure->message;
  EXPECT_NE(report.failure->trace.find("FAIL  progress: "), std::string::npos);
  EXPECT_GE(report.failure->events, 2u);
}

TEST(CheckRun, WhatSomebodyElseDidToAWorkerIsUnknown) {
  const CheckReport report = check([](RelacyAtomic<unsigned>& word, unsigned actor) {
    use(word);
    if (actor == 2 && word.load(relaxed) == 3) std::raise(SIGKILL);
  });
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_FALSE(report.failure);
  EXPECT_FALSE(report.interrupted);
  EXPECT_NE(report.reason.find("killed from outside (SIGKILL)"), std::string::npos);
}

// Whatever the code does to end its process, it is a FAIL by the same name as in a stress run.
class EndedBySubject : public testing::TestWithParam<void (*)()> {
 protected:
  static inline void (*end)() = nullptr;
};
INSTANTIATE_TEST_SUITE_P(All, EndedBySubject,
                         testing::Values([] { _exit(7); }, [] { _exit(0); }, [] { std::exit(0); },
                                         [] { std::quick_exit(0); }, [] { std::abort(); },
                                         [] { std::terminate(); },
                                         [] { throw std::runtime_error("no"); }));
TEST_P(EndedBySubject, IsACrash) {
  end = GetParam();
  CheckConfig config = config_of(CheckSearch::Kind::random);
  config.shrink_limit = std::chrono::milliseconds(300);
  const CheckReport report = check(config, [](RelacyAtomic<unsigned>& word, unsigned) {
    use(word);
    if (word.load(relaxed) == 3) end();
  });
  expect_failure(report, "crash");
  EXPECT_NE(report.failure->trace, "");
  EXPECT_NE(report.failure->token, "");
}

TEST(CheckRun, AnExceptionOfASetUpIsACrash) {
  class Throwing final : public ModelTest {
    void before() override { throw std::runtime_error("no"); }
    void actor(unsigned) override {}
    void after() override {}
  };
  const std::atomic<bool> stop{false};
  const std::vector<CheckConfig> runs{config_of(CheckSearch::Kind::random)};
  CheckProgress progress(runs);
  progress.start(0);
  const auto make = [](const Scope&) { return std::make_unique<Throwing>(); };
  const CheckReport report =
      run_check({.config = runs[0], .make = make, .watcher = progress, .stop = stop});
  expect_failure(report, "crash");
  EXPECT_TRUE(report.failure->message.starts_with("an exception was not caught: no"))
      << report.failure->message;
}

TEST(CheckRun, AReplayThatSomebodyElseKilledIsUnknown) {
  const auto make = [](const Scope&) {
    return std::make_unique<WordModel>([](RelacyAtomic<unsigned>& word, unsigned) {
      use(word);
      std::raise(SIGKILL);
    });
  };
  const CheckReport report =
      run_replay(read_token("pp1:specimen.no_nonce:batch:3x3x1:sBCBUhSRWvLka"), make);
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_NE(report.reason.find("killed from outside (SIGKILL)"), std::string::npos);
}

TEST(CheckRun, Nondeterminism) {
  const auto act = [](RelacyAtomic<unsigned>& word, unsigned) {
    static unsigned calls = 0;
    if (++calls % 7 == 0) use(word);
    use(word);
  };
  expect_failure(check(act), "nondeterminism");
  expect_failure(check(config_of(CheckSearch::Kind::interleavings), act), "nondeterminism");
}

TEST(CheckRun, AStopMakesItUnknown) {
  const std::atomic<bool> stop{true};
  CheckConfig config = config_of(CheckSearch::Kind::random);
  config.budget = std::chrono::hours(1);
  const std::vector<CheckConfig> runs{config};
  CheckProgress progress(runs);
  progress.start(0);
  const auto make = [](const Scope&) {
    return std::make_unique<WordModel>([](RelacyAtomic<unsigned>& word, unsigned) { use(word); });
  };
  const CheckReport report =
      run_check({.config = config, .make = make, .watcher = progress, .stop = stop});
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_TRUE(report.interrupted);
}

}  // namespace
}  // namespace poolproof
