// Loops that wait, in every search; and atomics that lie where plain memory was.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "relacy/engine/model_engine.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/search/handover_strategy.hpp"
#include "relacy/search/pct_strategy.hpp"
#include "relacy/search/pos_strategy.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/selective_strategy.hpp"
#include "relacy/search/tree_strategy.hpp"
#include "relacy/search/walk_strategy.hpp"
#include "relacy_backend.hpp"

namespace poolproof {
namespace {

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto relaxed = std::memory_order_relaxed;
using Word = InPlaceAtomic<std::uint32_t>;
static_assert(sizeof(Word) == 4 && alignof(Word) == 4);
static_assert(sizeof(InPlaceAtomic<void*>) == sizeof(void*));
static_assert(std::is_trivially_destructible_v<Word>);

// Bytes that are there before the atomics are, and after.
struct Memory {
  alignas(16) std::array<std::byte, 64> bytes;

  Word& word(unsigned i) { return *std::launder(reinterpret_cast<Word*>(&bytes[4 * i])); }
  Word& make(unsigned i, std::uint32_t value) { return *new (&bytes[4 * i]) Word(value); }
  void overwrite(unsigned i, std::uint32_t value) {
    std::memcpy(&bytes[4 * i], &value, sizeof value);
  }
};

// Actors that work on words of zeros.
class OnMemory final : public ModelTest {
 public:
  using Part = std::function<void(Memory&, unsigned)>;
  explicit OnMemory(Part actor, Part end = {}) : actor_(std::move(actor)), end_(std::move(end)) {}

  void before() override { memory_ = {}; }
  void actor(unsigned index) override { actor_(memory_, index); }
  void after() override {
    if (end_) end_(memory_, 0);
  }

 private:
  Part actor_;
  Part end_;
  Memory memory_{};
};

// The results of each search, until it is over or for some thousand executions.
std::vector<ModelResult> search_all(OnMemory& test, unsigned actors) {
  const StepProfile profile = profile_of(test, actors);
  const auto strategies = [&] {
    std::vector<std::unique_ptr<Strategy>> all;
    all.push_back(std::make_unique<RandomStrategy>(1, SampleWindow{.last = 2000}));
    all.push_back(std::make_unique<WalkStrategy>(1, SampleWindow{.last = 2000}, profile));
    all.push_back(std::make_unique<PosStrategy>(1, SampleWindow{.last = 2000}));
    all.push_back(std::make_unique<SelectiveStrategy>(1, SampleWindow{.last = 2000}, profile));
    all.push_back(std::make_unique<HandoverStrategy>(1, SampleWindow{.last = 2000}));
    all.push_back(std::make_unique<PctStrategy>(1, SampleWindow{.last = 2000}, 3, profile));
    all.push_back(std::make_unique<TreeStrategy>(2, 1));
    all.push_back(std::make_unique<TreeStrategy>(TreeStrategy::Bound::departures(2), 1));
    all.push_back(std::make_unique<TreeStrategy>(TreeStrategy::unlimited, 1));
    all.push_back(std::make_unique<ExhaustiveStrategy>(ExhaustiveStrategy::Rules{}));
    return all;
  }();
  std::vector<ModelResult> results;
  for (const auto& strategy : strategies) {
    results.push_back(explore(test, actors, *strategy, {.executions = 3000}));
  }
  return results;
}

void pass(OnMemory test, unsigned actors) {
  unsigned search = 0;
  for (const ModelResult& result : search_all(test, actors)) {
    EXPECT_TRUE(result.passed) << "search " << search << ": " << result.oracle << ", "
                               << result.failure;
    EXPECT_GT(result.executions, 1u) << search;
    ++search;
  }
}
void fail(OnMemory test, unsigned actors, const std::string& oracle, const std::string& message) {
  unsigned search = 0;
  for (const ModelResult& result : search_all(test, actors)) {
    EXPECT_EQ(result.oracle, oracle) << "search " << search;
    EXPECT_NE(result.failure.find(message), std::string::npos) << result.failure;
    EXPECT_LT(result.schedule.size(), 500u) << search;
    ReplayStrategy again(result.schedule);
    const ModelResult replayed = explore(test, actors, again);
    EXPECT_EQ(replayed.oracle, oracle) << "search " << search;
    ++search;
  }
}

TEST(Waiting, TestAndSet) {
  pass(OnMemory(
           [](Memory& memory, unsigned) {
             while (memory.word(0).exchange(1, acquire) != 0) {
             }
             memory.word(1).store(memory.word(1).load(relaxed) + 1, relaxed);
             memory.word(0).store(0, release);
           },
           [](Memory& memory, unsigned) {
             require(memory.word(1).load(relaxed) == 3, "sum", "an increment was lost");
           }),
       3);
}
TEST(Waiting, Ticket) {
  pass(OnMemory([](Memory& memory, unsigned) {
         const std::uint32_t mine = memory.word(0).fetch_add(1, relaxed);
         while (memory.word(1).load(acquire) != mine) {
         }
         memory.word(1).store(mine + 1, release);
       }),
       3);
}
TEST(Waiting, RelaxedFlag) {
  pass(OnMemory([](Memory& memory, unsigned index) {
         if (index == 0) return memory.word(0).store(1, relaxed);
         while (memory.word(0).load(relaxed) == 0) {
         }
       }),
       2);
}
TEST(Waiting, LoopThatChangesWhatItWaitsFor) {
  pass(OnMemory([](Memory& memory, unsigned) {
         while (memory.word(0).fetch_add(1, acquire) != 0) memory.word(0).fetch_sub(1, relaxed);
         memory.word(0).fetch_sub(1, release);
       }),
       2);
}
TEST(Waiting, LoopThatGivesUp) {
  pass(OnMemory([](Memory& memory, unsigned) {
         for (int i = 0; i != 3000 && memory.word(0).load(acquire) == 0; ++i) {
         }
       }),
       2);
}
TEST(Waiting, LockThatStaysLocked) {
  fail(OnMemory([](Memory& memory, unsigned) {
         while (memory.word(0).exchange(1, acquire) != 0) {
         }
       }),
       2, "livelock", "waits for what nobody will change");
}
TEST(Waiting, ForEachOther) {
  fail(OnMemory([](Memory& memory, unsigned index) {
         while (memory.word(1 - index).load(acquire) == 0) {
         }
         memory.word(index).store(1, release);
       }),
       2, "livelock", "actor 0 (waiting_test.cpp:");
}

TEST(InPlaceAtomic, IsThereInMemoryOfZeros) {
  pass(OnMemory([](Memory& memory, unsigned) { memory.word(0).fetch_add(1, relaxed); },
                [](Memory& memory, unsigned) {
                  require(memory.word(0).load(relaxed) == 2, "sum", "an increment was lost");
                }),
       2);
}
// And needs no destructor.
TEST(InPlaceAtomic, HasTheValueOfItsBytes) {
  pass(OnMemory([](Memory& memory, unsigned index) {
         memory.make(index, 7);
         memory.word(index).store(8, relaxed);
         std::uint32_t bytes = 0;
         std::memcpy(&bytes, &memory.bytes[4 * index], sizeof bytes);
         require(bytes == 8, "bytes", "they lack what was stored");
         memory.overwrite(index, 9);
         require(memory.word(index).load(relaxed) == 9, "bytes", "what was written is not seen");
         memory.make(index, 3);
         require(memory.word(index).load(relaxed) == 3, "bytes", "it was not made again");
       }),
       2);
}
// Whoever is told by another atomic sees it constructed.
TEST(InPlaceAtomic, IsPublished) {
  pass(OnMemory([](Memory& memory, unsigned index) {
         if (index == 0) {
           memory.make(0, 5);
           memory.word(1).store(1, release);
         } else if (memory.word(1).load(acquire) == 1) {
           require(memory.word(0).load(relaxed) == 5, "stale", "an old value was seen");
         }
       }),
       2);
}
TEST(InPlaceAtomic, StaleValuesAreSeen) {
  fail(OnMemory([](Memory& memory, unsigned index) {
         if (index == 0) {
           memory.word(0).store(5, relaxed);
           memory.word(1).store(1, relaxed);
         } else if (memory.word(1).load(acquire) == 1) {
           require(memory.word(0).load(relaxed) == 5, "stale", "an old value was seen");
         }
       }),
       2, "stale", "an old value");
}

}  // namespace
}  // namespace poolproof
