// Fences, as users' code has them, and variables that lie in place: what each search makes of them.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "in_place_atomic.hpp"
#include "in_place_var.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/model_fence.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/search/pct_strategy.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/tree_strategy.hpp"

namespace poolproof {
namespace {

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

static_assert(sizeof(InPlaceVar<void*>) == sizeof(void*) && sizeof(InPlaceVar<char>) == 1);
static_assert(std::is_trivially_destructible_v<InPlaceVar<int>>);

struct State {
  InPlaceAtomic<unsigned> x{0};
  InPlaceAtomic<unsigned> y{0};
  InPlaceVar<unsigned> data{0};
  std::array<unsigned, 2> read{};
};

class Litmus final : public ModelTest {
 public:
  using Actor = std::function<void(State&, unsigned)>;
  using End = std::function<void(State&)>;
  explicit Litmus(Actor actor, End end = {}) : actor_(std::move(actor)), end_(std::move(end)) {}
  void before() override { new (place_) State(); }
  void actor(unsigned index) override { actor_(state(), index); }
  void after() override {
    if (end_) end_(state());
  }
  bool add_state(StateHash& hash, bool) const override {
    add_plain_bytes(hash, place_);
    return true;
  }

 private:
  State& state() { return *std::launder(reinterpret_cast<State*>(place_)); }
  Actor actor_;
  End end_;
  alignas(State) std::byte place_[sizeof(State)] = {};
};

// The oracle that failed in each search; empty where none did.
std::vector<std::string> search_all(Litmus& test) {
  VisitedStates states;
  const StepProfile profile = profile_of(test, 2);
  std::vector<std::unique_ptr<Strategy>> all;
  all.push_back(std::make_unique<RandomStrategy>(1, SampleWindow{.last = 2000}));
  all.push_back(std::make_unique<PctStrategy>(1, SampleWindow{.last = 2000}, 3, profile));
  all.push_back(std::make_unique<TreeStrategy>(TreeStrategy::unlimited, 1));
  all.push_back(std::make_unique<ExhaustiveStrategy>(ExhaustiveStrategy::Rules{}));
  all.push_back(std::make_unique<ExhaustiveStrategy>(ExhaustiveStrategy::Rules{.states = &states}));
  std::vector<std::string> oracles;
  for (const auto& strategy : all) {
    oracles.push_back(explore(test, 2, *strategy, {.executions = 20'000}).oracle);
  }
  return oracles;
}
void expect_in_all(Litmus test, const std::string& oracle) {
  for (const std::string& found : search_all(test)) EXPECT_EQ(found, oracle);
}

Litmus::Actor message(std::memory_order before_store, std::memory_order after_load) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(1);
      model_fence(before_store);
      s.x.store(1, relaxed);
    } else if (s.x.load(relaxed) == 1) {
      model_fence(after_load);
      require(s.data.get() == 1, "message", "the message is not there");
    }
  };
}

TEST(Fence, PassesAMessage) {
  expect_in_all(Litmus(message(release, acquire)), "");
  expect_in_all(Litmus(message(acq_rel, acq_rel)), "");
  expect_in_all(Litmus(message(seq_cst, seq_cst)), "");
}
TEST(Fence, OfOneSideAloneIsARace) {
  expect_in_all(Litmus(message(release, relaxed)), "race");
  expect_in_all(Litmus(message(relaxed, acquire)), "race");
  expect_in_all(Litmus(message(acquire, acquire)), "race");
  expect_in_all(Litmus(message(release, release)), "race");
}
TEST(Fence, PairsWithAnAtomicThatReleasesOrAcquires) {
  expect_in_all(Litmus([](State& s, unsigned actor) {
                  if (actor == 0) {
                    s.data.set(1);
                    s.x.store(1, release);
                  } else if (s.x.load(relaxed) == 1) {
                    model_fence(acquire);
                    s.data.get();
                  }
                }),
                "");
}
TEST(Fence, DoesNotCoverWhatComesBehindIt) {
  expect_in_all(Litmus([](State& s, unsigned actor) {
                  if (actor == 0) {
                    model_fence(release);
                    s.data.set(1);
                    s.x.store(1, relaxed);
                  } else if (s.x.load(relaxed) == 1) {
                    model_fence(acquire);
                    s.data.get();
                  }
                }),
                "race");
}
TEST(Fence, DoesNotCoverWhatWasReadBeforeTheLoad) {
  expect_in_all(Litmus([](State& s, unsigned actor) {
                  if (actor == 0) {
                    s.data.set(1);
                    model_fence(release);
                    s.x.store(1, relaxed);
                  } else {
                    model_fence(acquire);
                    if (s.x.load(relaxed) == 1) s.data.get();
                  }
                }),
                "race");
}

Litmus store_buffering(std::memory_order order) {
  return Litmus(
      [order](State& s, unsigned actor) {
        (actor == 0 ? s.x : s.y).store(1, relaxed);
        model_fence(order);
        s.read[actor] = (actor == 0 ? s.y : s.x).load(relaxed);
      },
      [](State& s) { require(s.read[0] + s.read[1] != 0, "dekker", "both read the old value"); });
}
TEST(Fence, OfSeqCstOrdersStoresBeforeLoads) {
  Litmus strong = store_buffering(seq_cst);
  for (const std::string& found : search_all(strong)) EXPECT_EQ(found, "");
  Litmus weak = store_buffering(acq_rel);
  for (const std::string& found : search_all(weak)) EXPECT_EQ(found, "dekker");
}

TEST(InPlaceVar, RacesAreSeen) {
  expect_in_all(Litmus([](State& s, unsigned actor) { s.data.set(actor); }), "race");
  expect_in_all(Litmus([](State& s, unsigned) { s.data.get(); }), "");
}
TEST(InPlaceVar, WhatWasWrittenAsPlainMemoryIsThere) {
  expect_in_all(Litmus([](State& s, unsigned actor) {
                  if (actor == 0) return;
                  const unsigned number = 7;
                  std::memcpy(static_cast<void*>(&s.data), &number, sizeof number);
                  require(s.data.get() == 7, "value", "it has not the value of its bytes");
                  s.data.set(8);
                  require(s.data.get() == 8, "value", "it has not the value that was set");
                }),
                "");
}

}  // namespace
}  // namespace poolproof
