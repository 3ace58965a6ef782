// What the story says where an order is missing: of real executions, each of them short.
// Includes from below: models.
#include "trace_order.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <regex>
#include <string>

#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/model_fence.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/trace/names.hpp"
#include "relacy/trace/story/make_trace.hpp"

namespace poolproof {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;

struct State {
  RelacyAtomic<unsigned> x{0};
  RelacyAtomic<unsigned> y{0};
  RelacyVar<unsigned> data{0};
  RelacyMutex mutex;
  bool done = false;  // not seen by the engine
};

class Model final : public ModelTest {
 public:
  using Actors = std::function<void(State&, unsigned)>;
  explicit Model(Actors actors) : actors_(std::move(actors)) {}
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

// Of the first failure; without places, which change with each line of this file, unless they are
// asked for.
std::string story(unsigned actors, const std::string& oracle, const Model::Actors& body,
                  bool places = false) {
  Model model(body);
  RandomStrategy search(1, {.last = 100'000});
  const ModelResult found = explore(model, actors, search, {.depth = 200});
  ReplayStrategy replay(found.schedule);
  const ModelResult result = explore(model, actors, replay, {.depth = 200, .trace = true});
  EXPECT_EQ(result.oracle, oracle);
  Names names;
  model.describe(names);
  const Trace trace = make_trace(result.history, names, result.oracle, result.failure);
  if (places) return trace.story;
  return std::regex_replace(trace.story, std::regex("(,| at) trace_order_test.cpp:[0-9]+"), "");
}

Model::Actors message(std::memory_order store, std::memory_order load) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(7);
      s.x.store(1, store);
    } else if (s.x.load(load) == 1) {
      s.data.get();
    }
  };
}

const std::string races =
    "Actor 0 writes data (event 1), actor 1 reads data (event 4), and no release/acquire pair "
    "orders the two; ";
const std::string passes =
    "actor 0's store of x = 1 (event 2) is what actor 1's load of x saw (event 3), but nothing "
    "orders the one before the other, as ";

TEST(MissingOrder, OfAStoreThatIsRelaxed) {
  EXPECT_EQ(story(2, "race", message(relaxed, acquire)),
            races + passes + "the store is relaxed: it takes release.");
}
TEST(MissingOrder, OfALoadThatIsRelaxed) {
  EXPECT_EQ(story(2, "race", message(release, relaxed)),
            races + passes + "the load is relaxed: it takes acquire.");
}
TEST(MissingOrder, OfBoth) {
  EXPECT_EQ(story(2, "race", message(relaxed, relaxed)),
            races + passes +
                "the store is relaxed, and the load is relaxed: it takes release and acquire.");
}

Model::Actors fenced(bool store, bool load) {
  return [=](State& s, unsigned actor) {
    if (actor == 0) {
      if (!store) model_fence(release);  // too early
      s.data.set(7);
      if (store) model_fence(release);
      s.x.store(1, relaxed);
    } else {
      if (!load) model_fence(acquire);  // too early
      if (s.x.load(relaxed) != 1) return;
      if (load) model_fence(acquire);
      s.data.get();
    }
  };
}
TEST(MissingOrder, OfAFenceThatStandsBeforeWhatItShouldPublish) {
  const std::string text = story(2, "race", fenced(false, true));
  EXPECT_NE(text.find("as the store is relaxed and no fence between event 2 and event 3 releases: "
                      "it takes release."),
            std::string::npos)
      << text;
}
TEST(MissingOrder, OfAFenceThatStandsBeforeTheLoad) {
  const std::string text = story(2, "race", fenced(true, false));
  EXPECT_NE(text.find("as the load is relaxed and no fence between event "), std::string::npos)
      << text;
  EXPECT_NE(text.find(" acquires: it takes acquire."), std::string::npos) << text;
  EXPECT_EQ(text.find("the store is relaxed"), std::string::npos) << text;
}

TEST(MissingOrder, OfAPlainStoreOfTheSameActorThatEndsTheReleaseSequence) {
  const std::string text = story(2, "race", [](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(7);
      s.x.store(1, release);
      s.x.store(2, relaxed);
    } else if (s.x.load(acquire) == 2) {
      s.data.get();
    }
  });
  EXPECT_NE(
      text.find("as the store is relaxed, and the store (event 3) ends the release sequence of "
                "the store before (event 2): it takes release."),
      std::string::npos)
      << text;
}
void end_sequence(State& s, unsigned actor) {
  if (actor == 0) {
    s.data.set(7);
    s.x.store(1, release);
  } else if (actor == 1) {
    if (s.x.load(relaxed) == 1) s.x.store(2, release);
  } else if (s.x.load(acquire) == 2) {
    s.data.get();
  }
}
TEST(MissingOrder, OfAStoreOfAnotherActorThatEndsTheReleaseSequence) {
  // That actor had read the store: it would pass it on, if it acquired.
  const std::string text = story(3, "race", end_sequence);
  EXPECT_NE(text.find("actor 0's store of x = 1 (event 2) is what actor 1's load of x saw (event 3)"
                      ", but nothing orders the one before the other, as the load is relaxed"),
            std::string::npos)
      << text;
  const std::string unread = story(3, "race", [](State& s, unsigned actor) {
    if (actor != 1) end_sequence(s, actor);
    if (actor == 0) s.done = true;
    if (actor == 1 && s.done) s.x.store(2, release);
  });
  EXPECT_NE(unread.find("actor 1's store of x = 2 (event "), std::string::npos) << unread;
  EXPECT_NE(
      unread.find("ended the release sequence of actor 0's store of x = 1 (event 2), so actor "
                  "2's load of x = 2 (event "),
      std::string::npos)
      << unread;
}
TEST(MissingOrder, GoesThroughAReleaseSequence) {
  const std::string text = story(3, "race", [](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(7);
      s.x.store(1, relaxed);
    } else if (actor == 1) {
      s.x.fetch_add(1, acq_rel);
    } else if (s.x.load(acquire) == 2) {
      s.data.get();
    }
  });
  EXPECT_NE(text.find("as the store is relaxed: it takes release."), std::string::npos) << text;
}
TEST(MissingOrder, OfAnUpdateKeepsTheHalfThatItHas) {
  const std::string text = story(2, "race", [](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(7);
      s.x.fetch_add(1, acquire);
    } else if (s.x.fetch_add(1, release) == 1) {
      s.data.get();
    }
  });
  EXPECT_NE(text.find("as the fetch_add is acquire, and the fetch_add is release: it takes acq_rel "
                      "and acq_rel."),
            std::string::npos)
      << text;
}

TEST(MissingOrder, OfAnAtomicThatIsNotTheOneReleased) {
  const std::string text = story(2, "race", [](State& s, unsigned actor) {
    if (actor == 0) {
      s.data.set(7);
      s.x.store(1, release);
    } else {
      s.y.load(acquire);
      s.data.get();
    }
  });
  EXPECT_NE(text.find("; actor 0's store of x = 1 (event 2) releases it, but actor 1 has not read "
                      "x."),
            std::string::npos)
      << text;
}

TEST(MissingOrder, OfARaceByALoadThatIsStale) {
  const std::string text = story(2, "race", [](State& s, unsigned actor) {
    RelacyAtomic<unsigned>& mine = actor == 0 ? s.x : s.y;
    RelacyAtomic<unsigned>& other = actor == 0 ? s.y : s.x;
    mine.store(1, release);
    if (other.load(acquire) == 0) s.data.set(actor);
  });
  EXPECT_NE(text.find(" = 0 although 1 is newest (event 5); "), std::string::npos) << text;
  EXPECT_NE(text.find("and each may miss what the other has stored: it takes a seq_cst fence "),
            std::string::npos)
      << text;
}
TEST(MissingOrder, OfAnAssertByALoadThatIsStale) {
  EXPECT_EQ(
      story(2, "message",
            [](State& s, unsigned actor) {
              if (actor == 0) {
                s.x.store(1, relaxed);
                s.y.store(1, release);
              } else if (s.y.load(relaxed) == 1) {
                require(s.x.load(relaxed) == 1, "message", "the message is not there");
              }
            }),
      "Actor 1 reads the old x = 0 although 1 is newest (event 4); actor 0's store of y = 1 "
      "(event 2) is what actor 1's load of y saw (event 3), but nothing orders the one before "
      "the other, as the load is relaxed: it takes acquire; actor 1 fails: the message is not "
      "there (event 5).");
}

// Dekker's: each says that it wants to go, and looks whether the other does. fence: of actor 0.
Model::Actors dekker(bool fence, std::memory_order store, std::memory_order load) {
  return [=](State& s, unsigned actor) {
    RelacyAtomic<unsigned>& mine = actor == 0 ? s.x : s.y;
    RelacyAtomic<unsigned>& other = actor == 0 ? s.y : s.x;
    mine.store(1, store);
    if (fence && actor == 0) model_fence(std::memory_order_seq_cst);
    if (other.load(load) == 1) return;
    require(!s.done, "message", "both go");
    s.done = true;
  };
}
TEST(MissingFence, OfTwoThatStoreAndThenLoad) {
  const std::string text = story(2, "message", dekker(false, release, acquire), true);
  EXPECT_TRUE(std::regex_search(
      text,
      std::regex("actor ([01]) stores ([xy]) \\(event [0-9]+\\) and then loads ([xy]) \\(event "
                 "[0-9]+\\), actor (?!\\1)[01] stores \\3 \\(event [0-9]+\\) and then loads \\2 "
                 "\\(event [0-9]+\\), and each may miss what the other has stored: it takes a "
                 "seq_cst fence between (trace_order_test.cpp:[0-9]+) and "
                 "(trace_order_test.cpp:[0-9]+), for both actors;")))
      << text;
}
TEST(MissingFence, IsOfTheOtherWhereOneHasIts) {
  const std::string text = story(2, "message", dekker(true, release, acquire), true);
  const std::string wanted = "it takes a seq_cst fence between ";
  const std::size_t at = text.find(wanted);
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_EQ(text.find(" for both actors", at), std::string::npos) << text;
  EXPECT_EQ(text.find(" and another ", at), std::string::npos) << text;
}
// What is newest was stored behind what matters, and has the value that the load saw.
TEST(MissingFence, IsSeenThroughALaterStoreOfTheOldValue) {
  const std::string text = story(2, "race", [](State& s, unsigned actor) {
    RelacyAtomic<unsigned>& mine = actor == 0 ? s.x : s.y;
    RelacyAtomic<unsigned>& other = actor == 0 ? s.y : s.x;
    mine.store(1, release);
    if (other.load(acquire) == 0) s.data.set(actor);
    mine.store(0, release);
  });
  EXPECT_NE(text.find("and each may miss what the other has stored: it takes a seq_cst fence "),
            std::string::npos)
      << text;
}
TEST(MissingFence, IsNoneWhereAllAreSeqCst) {
  constexpr auto seq_cst = std::memory_order_seq_cst;
  Model right(dekker(false, seq_cst, seq_cst));
  RandomStrategy search(1, {.last = 2'000});
  EXPECT_TRUE(explore(right, 2, search, {.depth = 200}).passed);
}

Model::Actors try_lock(std::memory_order unlock) {
  return [=](State& s, unsigned) {
    unsigned open = 0;
    if (!s.x.compare_exchange_strong(open, 1, acquire, relaxed)) return;
    s.data.set(s.data.get() + 1);
    s.x.store(0, unlock);
  };
}
TEST(MissingOrder, OfATryLockWhoseUnlockIsAPlainStore) {
  Model right(try_lock(release));
  RandomStrategy search(1, {.last = 2'000});
  EXPECT_TRUE(explore(right, 2, search, {.depth = 200}).passed);
  const std::string text = story(2, "race", try_lock(relaxed));
  EXPECT_NE(text.find("'s store of x = 0 (event "), std::string::npos) << text;
  EXPECT_NE(text.find("as the store is relaxed: it takes release."), std::string::npos) << text;
}

// A mutex orders what stands behind it, so what is weak is what comes after.
TEST(MissingOrder, IsNotThatOfAMutex) {
  const std::string text = story(3, "race", [](State& s, unsigned actor) {
    if (actor == 2) {
      if (s.y.load(acquire) == 1) s.data.get();
      return;
    }
    s.mutex.lock();
    if (actor == 0) {
      s.data.set(7);
      s.x.store(1, relaxed);
    } else if (s.x.load(relaxed) == 1) {
      s.y.store(1, relaxed);
    }
    s.mutex.unlock();
  });
  EXPECT_NE(text.find("actor 1's store of y = 1"), std::string::npos) << text;
  EXPECT_EQ(text.find("store of x"), std::string::npos) << text;
}

}  // namespace
}  // namespace poolproof
