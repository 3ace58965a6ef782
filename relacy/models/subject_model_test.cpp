// What a subject may offer beside alloc and free, under the model check: a fault in it is found.
#include <gtest/gtest.h>

#include <cstddef>
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

}  // namespace
}  // namespace poolproof
