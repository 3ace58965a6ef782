// What a subject may offer beside alloc and free, under the model check: a fault in it is found.
#include <gtest/gtest.h>

#include <string>

#include "block_model.hpp"
#include "harness/subjects/subject_pool.hpp"
#include "harness/subjects/test_offering.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/search/random_strategy.hpp"
#include "scenarios/block_scenarios.hpp"

namespace poolproof {
namespace {

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
  EXPECT_EQ(oracle_that_catches<Seen<OfferingFault::small_shares>>(), "ownership");
}

TEST(SubjectModel, RunsItOverABase) {
  EXPECT_EQ(oracle_that_catches<Seen<OfferingFault::keeps_chunk>>(), "base");
  EXPECT_EQ(oracle_that_catches<Seen<OfferingFault::writes_behind>>(), "red_zone");
}

}  // namespace
}  // namespace poolproof
