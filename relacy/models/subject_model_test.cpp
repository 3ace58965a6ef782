// What a subject may offer beside alloc and free, under the model check: a fault in it is found.
#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>

#include "block_model.hpp"
#include "harness/subjects/subject_pool.hpp"
#include "harness/subjects/test_offering.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/search/random_strategy.hpp"
#include "scenarios/block_scenarios.hpp"
#include "subject.hpp"

namespace poolproof {
namespace {

enum class SlotFault { none, promises, forgets_last, frees_by_update };

// A flag beside each block: claimed by a read-modify-write, freed by a plain store, which an alloc
// that comes soon after need not see.
template <SlotFault fault>
class Slots {
 public:
  Slots(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), blocks_(blocks), size_(size) {}

  void* alloc() {
    for (std::size_t i = 0; i != blocks_ - (fault == SlotFault::forgets_last ? 1 : 0); ++i) {
      if (!busy_[i].exchange(true, std::memory_order_acquire)) return memory_ + i * size_;
    }
    return nullptr;
  }
  void free(void* block) {
    const auto i = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_) / size_;
    if (fault == SlotFault::frees_by_update) {
      busy_[i].exchange(false, std::memory_order_release);
    } else {
      busy_[i].store(false, std::memory_order_release);
    }
  }

 private:
  std::byte* memory_;
  std::size_t blocks_;
  std::size_t size_;
  ModelCheckEngine::Atom<bool> busy_[8] = {};
};
class PromisingSlots : public Slots<SlotFault::promises> {
 public:
  using Slots::Slots;
  static constexpr bool may_fail = false;
};
class UpdatingSlots : public Slots<SlotFault::frees_by_update> {
 public:
  using Slots::Slots;
  static constexpr bool may_fail = false;
};

// The same, a bit beside each block, and none beside the last; takes every kind of
// read-modify-write that an Atom has.
class BitSlots {
 public:
  BitSlots(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), blocks_(blocks), size_(size) {}

  void* alloc() {
    for (std::size_t i = 0; i + 1 != blocks_; ++i) {
      if ((busy_.fetch_or(1U << i, std::memory_order_acquire) >> i & 1) != 0) continue;
      parity_.fetch_xor(1);
      weight_.fetch_add(0.5F);
      newest_.fetch_add(1);
      while (flag_.test_and_set(std::memory_order_acquire)) {
      }
      ++taken_;
      flag_.clear(std::memory_order_release);
      return memory_ + i * size_;
    }
    return nullptr;
  }
  void free(void* block) {
    const auto i = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_) / size_;
    weight_.fetch_sub(0.5F);
    busy_.fetch_and(~(1U << i), std::memory_order_release);
  }

 private:
  std::byte* memory_;
  std::size_t blocks_;
  std::size_t size_;
  ModelCheckEngine::Atom<unsigned> busy_ = 0;
  ModelCheckEngine::Atom<unsigned char> parity_ = 0;
  ModelCheckEngine::Atom<float> weight_ = 0;
  ModelCheckEngine::Atom<char*> newest_ = nullptr;
  atomic_flag flag_;
  unsigned taken_ = 0;
};

template <OfferingFault fault>
using Seen = Offering<fault, ModelBackend::mutex>;

template <class P, class Scenario = Random>
std::string oracle_that_catches() {
  BlockModel<SubjectPool<P>, Scenario> model({.actors = 2, .blocks = 4, .rounds = 4});
  RandomStrategy strategy(1, {.last = 3000});
  const ModelResult result = explore(model, 2, strategy);
  return result.passed ? "none" : result.oracle;
}

TEST(SubjectModel, PassesWithAllThatItOffers) {
  EXPECT_EQ((oracle_that_catches<Seen<OfferingFault::none>, Mixed>()), "none");
  EXPECT_EQ((oracle_that_catches<Seen<OfferingFault::none>, Relay>()), "none");
  EXPECT_EQ((oracle_that_catches<Seen<OfferingFault::none>, Renewed>()), "none");
}

TEST(SubjectModel, RunsItsManyAndItsSizes) {
  EXPECT_EQ((oracle_that_catches<Seen<OfferingFault::many_twice>, Bulk>()), "ownership");
  EXPECT_EQ((oracle_that_catches<Seen<OfferingFault::too_many>, Bulk>()), "range");
  EXPECT_EQ(oracle_that_catches<Seen<OfferingFault::small_shares>>(), "ownership");
}

TEST(SubjectModel, RunsItOverABase) {
  EXPECT_EQ(oracle_that_catches<Seen<OfferingFault::keeps_chunk>>(), "base");
  EXPECT_EQ(oracle_that_catches<Seen<OfferingFault::writes_behind>>(), "red_zone");
}

TEST(SubjectModel, APlainStoreThatFreesMayTakeItsTime) {
  EXPECT_EQ(oracle_that_catches<Slots<SlotFault::none>>(), "none");
  EXPECT_EQ((oracle_that_catches<Slots<SlotFault::none>, Churn>()), "none");
  EXPECT_EQ(oracle_that_catches<PromisingSlots>(), "must_succeed");
  EXPECT_EQ(oracle_that_catches<UpdatingSlots>(), "none");
  EXPECT_EQ(oracle_that_catches<Slots<SlotFault::forgets_last>>(), "conservation");
}

TEST(SubjectModel, EachReadModifyWriteIsOneStepByItsName) {
  BlockModel<SubjectPool<BitSlots>, Random> model({.actors = 2, .blocks = 4, .rounds = 4});
  RandomStrategy search(1, {.last = 3000});
  const ModelResult found = explore(model, 2, search);
  ASSERT_EQ(found.oracle, "conservation");
  ReplayStrategy replay(found.schedule);
  const ModelResult traced = explore(model, 2, replay, {.trace = true});
  std::set<std::string> names;
  for (const HistoryEvent& event : traced.history) {
    EXPECT_NE(event.kind, HistoryEvent::Kind::cas);
    if (event.kind == HistoryEvent::Kind::rmw) names.insert(event.operation);
    if (event.operation == "fetch_xor") {
      EXPECT_EQ(event.raw_seen + event.raw_stored, event.raw_seen == "0" ? "01" : "10");
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"exchange", "fetch_add", "fetch_and", "fetch_or",
                                          "fetch_sub", "fetch_xor"}));
}

}  // namespace
}  // namespace poolproof
