// Traces of real executions.
// Includes from below: models.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/models/subject.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/trace/names.hpp"
#include "relacy/trace/story/make_trace.hpp"
#include "relacy/trace/trace_words.hpp"

namespace poolproof {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

struct State {
  RelacyAtomic<unsigned> x{0};
  RelacyAtomic<unsigned> y{0};
  RelacyVar<unsigned> data{0};
  RelacyMutex mutex;
};

template <class Actors>
class Model final : public ModelTest {
 public:
  explicit Model(Actors actors) : actors_(actors) {}
  void before() override { state_.make(); }
  void actor(unsigned index) override { actors_(*state_, index); }
  void after() override { state_.destroy(); }
  void describe(Names& names) const override {
    names("x", state_->x);
    names("y", state_->y);
    names("data", state_->data);
    names("mutex", state_->mutex);
  }

 private:
  Actors actors_;
  ExecutionLocal<State> state_;
};

// The first failure, once more and traced.
Trace fail(ModelTest& model, unsigned actors, const std::string& oracle, unsigned depth = 4000) {
  RandomStrategy search(1, {.last = 100'000});
  const ModelResult found = explore(model, actors, search, {.depth = depth});
  ReplayStrategy replay(found.schedule);
  const ModelResult result = explore(model, actors, replay, {.depth = depth, .trace = true});
  EXPECT_EQ(result.oracle, oracle);
  Names names;
  model.describe(names);
  return make_trace(result.history, names, result.oracle, result.failure);
}
template <class Actors>
Trace fail(unsigned actors, const std::string& oracle, Actors body) {
  Model<Actors> model(body);
  return fail(model, actors, oracle, 200);
}

TEST(TraceOfExecution, RaceMarksBothAccessesAndNamesTheWeakOrder) {
  const Trace trace = fail(2, "race", [](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(7);
      s.x.store(1, relaxed);
    } else if (s.x.load(acquire) == 1) {
      s.data.get();
    }
  });
  ASSERT_EQ(trace.events.size(), 5u);
  EXPECT_TRUE(trace.events[0].race);
  EXPECT_TRUE(trace.events[3].race);
  EXPECT_EQ(event_words(trace.events[3]), "read data");
  EXPECT_NE(trace.story.find("Actor 0 writes data (event 1, trace_execution_test.cpp:"),
            std::string::npos);
  EXPECT_NE(trace.story.find("as the store is relaxed: it takes release at trace_execution_test"),
            std::string::npos)
      << trace.story;
}

TEST(TraceOfExecution, StaleLoadsShowWhatIsNewest) {
  const Trace trace = fail(2, "message", [](State& s, unsigned actor) {
    if (actor == 0) {
      s.x.store(1, relaxed);
      s.y.store(1, release);
    } else if (s.y.load(relaxed) == 1) {
      require(s.x.load(relaxed) == 1, "message", "the message is not there");
    }
  });
  EXPECT_NE(trace_text(trace, 2).find("STALE"), std::string::npos);
  EXPECT_NE(trace.story.find("Actor 1 reads the old x = 0 although 1 is newest (event 4)"),
            std::string::npos)
      << trace.story;
}

TEST(TraceOfExecution, DeadlockSaysWhoHoldsTheMutex) {
  const Trace trace = fail(2, "deadlock", [](State& s, unsigned actor) {
    s.mutex.lock();
    if (actor == 1) s.mutex.unlock();
  });
  EXPECT_NE(trace.story.find("actor 0 locked mutex"), std::string::npos) << trace.story;
  EXPECT_NE(trace.story.find("Actor 1 waits for mutex"), std::string::npos) << trace.story;
}

TEST(TraceOfExecution, LivelockIsCutShort) {
  const Trace trace = fail(2, "livelock", [](State& s, unsigned actor) {
    while (s.x.fetch_add(1, relaxed) != 1000 + actor) RelacyBackend::pause();
  });
  EXPECT_EQ(trace.events.size(), 40u);
  EXPECT_NE(trace_text(trace, 2).find("events left out"), std::string::npos);
  EXPECT_NE(trace.story.find("goes round and round on x"), std::string::npos) << trace.story;
}

void expect_narrow(const std::string& text, std::size_t width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), width) << line;
}

TEST(TraceOfExecution, Specimen) {
  for (const std::string allocator : {"specimen.no_nonce", "specimen.unsafe_splice"}) {
    SCOPED_TRACE(allocator);
    const auto model = make_model(allocator, "random", {3, 3, 3});
    RandomStrategy search(1, {});
    const ModelResult found = explore(*model, 3, search);
    const Trace trace = fail(*model, 3, found.oracle);
    const std::string text = trace_text(trace, 3);
    EXPECT_NE(text.find(" ABA "), std::string::npos) << text;
    EXPECT_NE(text.find("actor 2"), std::string::npos);
    EXPECT_NE(text.find(" => block "), std::string::npos);
    EXPECT_NE(trace.story.find("came back to "), std::string::npos) << trace.story;
    EXPECT_EQ(text.find("poolproof::"), std::string::npos);
    for (const unsigned width : {80u, 110u, 120u}) {
      for (const unsigned actors : {3u, 4u}) {
        expect_narrow(trace_text(trace, actors, {.width = width}), width);
      }
    }
    EXPECT_EQ(text.find('\033'), std::string::npos);
    EXPECT_NE(trace_text(trace, 3, {.colour = true}).find("\033[1;31mABA\033[0m"),
              std::string::npos);
    const auto json = trace_json(trace);
    ASSERT_EQ(json.size(), trace.events.size());
    EXPECT_EQ(json.back().at("operation"), "fail");
  }
}

// A subject that hands out one block twice: what it takes from next_ it does not keep from others.
template <class B>
class Racy {
 public:
  Racy(void* memory, std::size_t blocks, std::size_t block_size)
      : memory_(static_cast<std::byte*>(memory)), blocks_(blocks), size_(block_size) {}
  void* alloc() {
    const unsigned next = next_.load(acquire);
    if (next == blocks_) return nullptr;
    next_.store(next + 1, release);
    return memory_ + next * size_;
  }
  void free(void*) {}
  template <class Visitor>
  void describe(Visitor& visit) const {
    visit("next", next_, [blocks = blocks_](std::uint64_t next, auto& field) {
      field("block", next);
      field("left", blocks - next);
    });
  }

 private:
  std::byte* memory_;
  std::size_t blocks_;
  std::size_t size_;
  typename B::template atomic<unsigned> next_{0};
};
const auto added = add_subject<Racy>("test.racy", "hands out a block twice");

TEST(TraceOfExecution, SubjectsNameTheirVariablesAndSayHowTheyRead) {
  const auto model = make_model("test.racy", "churn", {2, 2, 2});
  RandomStrategy search(1, {});
  const ModelResult found = explore(*model, 2, search);
  const std::string text = trace_text(fail(*model, 2, found.oracle), 2);
  EXPECT_NE(text.find("store next = block 1, left 1"), std::string::npos) << text;
}

}  // namespace
}  // namespace poolproof
