// The allocators under the model checker, and the specimens, which it must find out. The numbers of
// executions are what fits into a few minutes: together at least a million for each sound allocator
// at 3 actors and 3 blocks. ctest runs each test alone, and they take two cores side by side.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "model_subjects.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/tree_strategy.hpp"

namespace poolproof {
namespace {

constexpr Scope three{};  // actors, blocks and rounds
constexpr std::uint64_t seed = 1;

void print(const std::string& what, const ModelResult& result) {
  std::printf("  %-24s %9llu executions, %.0f a second\n", what.c_str(),
              static_cast<unsigned long long>(result.executions),
              static_cast<double>(result.executions) / result.seconds);
}

ModelResult search_random(const std::string& allocator, const std::string& scenario,
                          const Scope& scope, std::uint64_t executions) {
  const auto model = make_model(allocator, scenario, scope);
  RandomStrategy strategy(seed, {.last = executions});
  return explore(*model, scope.actors, strategy);
}

ModelResult search_tree(const std::string& allocator, const std::string& scenario,
                        const Scope& scope, unsigned preemptions,
                        std::uint64_t executions = ~std::uint64_t{0}) {
  const auto model = make_model(allocator, scenario, scope);
  TreeStrategy strategy(preemptions, seed);
  return explore(*model, scope.actors, strategy,
                 {.executions = executions, .stale_reads = StaleReads::one});
}

std::uint64_t count(const ModelResult& result, Event event) {
  return result.executions_with[static_cast<std::size_t>(event)];
}

// Returns the result of the last scenario.
ModelResult pass(const std::string& allocator, const std::string& scenario,
                 std::uint64_t executions) {
  ModelResult result = search_random(allocator, scenario, three, executions);
  EXPECT_TRUE(result.passed) << scenario << ", execution " << result.executions << ": "
                             << result.oracle << ", " << result.failure;
  print(scenario, result);
  return result;
}

// As many executions as POOLPROOF_EXECUTIONS says. Returns those of churn.
ModelResult pass_all(const std::string& allocator) {
  const char* wanted = std::getenv("POOLPROOF_EXECUTIONS");
  const std::uint64_t all = wanted == nullptr ? 200'000 : std::strtoull(wanted, nullptr, 10);
  pass(allocator, "random", all / 4);
  pass(allocator, "shared_bucket", all / 20 * 3);
  pass(allocator, "batch", all / 20 * 3);
  pass(allocator, "mixed", all / 20);
  return pass(allocator, "churn", all / 5 * 2);
}

TEST(Model, Lockless) {
  const ModelResult churn = pass_all("lockless");
  EXPECT_GT(count(churn, Event::aba_window), 1000u);
  EXPECT_GT(count(churn, Event::grow), 1000u);
}
TEST(Model, Deferred) {
  const ModelResult churn = pass_all("deferred");
  for (const Event event : {Event::aba_window, Event::claim, Event::recycle, Event::grow}) {
    EXPECT_GT(count(churn, event), 1000u) << static_cast<int>(event);
  }
}
TEST(Model, Bitmap) {
  pass("bitmap", "random", 60'000);
  pass("bitmap", "shared_bucket", 30'000);
  pass("bitmap", "batch", 30'000);
  pass("bitmap", "churn", 60'000);
}
TEST(Model, Hinted) {
  pass("hinted", "random", 60'000);
  pass("hinted", "shared_bucket", 30'000);
  pass("hinted", "batch", 30'000);
  pass("hinted", "churn", 60'000);
}
TEST(Model, Cached) {
  const ModelResult churn = pass_all("cached");
  EXPECT_GT(count(churn, Event::aba_window), 1000u);
  EXPECT_GT(count(churn, Event::grow), 1000u);
}
TEST(Model, Locked) { EXPECT_GT(count(pass_all("locked"), Event::grow), 1000u); }
TEST(Model, AsyncLinear) {
  pass("async_linear", "carve", 1'000'000);
  pass("async_linear", "carve_aligned", 200'000);
}
TEST(Model, PoolsThatThreadsLeaveOrThatEndBeforeTheirHandles) {
  for (const char* allocator : {"locked", "lockless", "deferred", "hinted", "cached"}) {
    pass(allocator, "relay", 20'000);
    pass(allocator, "renewed", 20'000);
  }
}

// All executions that differ in more than the order of independent steps.
void pass_exhaustively(const std::string& allocator, const std::string& scenario,
                       const Scope& scope, unsigned spurious) {
  const auto model = make_model(allocator, scenario, scope);
  VisitedStates states;
  ExhaustiveStrategy strategy(
      {.spurious = spurious, .symmetric = model->is_symmetric(), .states = &states});
  const ModelResult result = explore(*model, scope.actors, strategy);
  EXPECT_TRUE(result.passed) << scenario << ": " << result.oracle << ", " << result.failure;
  EXPECT_TRUE(result.exhausted) << scenario;
  print(scenario, result);
}

TEST(Exhaustive, Lockless) {
  pass_exhaustively("lockless", "churn", {3, 3, 1}, 1);
  pass_exhaustively("lockless", "churn", {2, 2, 2}, 1);
  pass_exhaustively("lockless", "random", {2, 2, 2}, 1);
}
TEST(Exhaustive, Deferred) { pass_exhaustively("deferred", "churn", {2, 2, 1}, 1); }
TEST(Exhaustive, Bitmap) {
  pass_exhaustively("bitmap", "churn", {2, 2, 1}, 0);
  pass_exhaustively("bitmap", "random", {2, 2, 1}, 0);
}
TEST(Exhaustive, Locked) {
  pass_exhaustively("locked", "churn", {3, 3, 1}, 1);
  pass_exhaustively("locked", "churn", {2, 2, 2}, 1);
}
TEST(Exhaustive, AsyncLinear) { pass_exhaustively("async_linear", "carve", {3, 3, 1}, 1); }

// All schedules with at most 3 preemptions, and all choices.
TEST(Bounded, Lockless) {
  const ModelResult result = search_tree("lockless", "churn", {2, 2, 1}, 3);
  EXPECT_TRUE(result.passed) << result.oracle << ", " << result.failure;
  EXPECT_TRUE(result.exhausted);
  print("churn", result);
}

// Positive controls: the model checker must find the specimens out, by either search.
void expect_failure(const std::string& allocator, const char* search, const std::string& scenario,
                    const ModelResult& result) {
  EXPECT_FALSE(result.passed) << allocator << ' ' << search << ' ' << scenario;
  std::printf("  %-11s %-14s failed in execution %8llu, %.2f s: %s\n", search, scenario.c_str(),
              static_cast<unsigned long long>(result.executions), result.seconds,
              result.oracle.c_str());
}

void expect_failures(const std::string& allocator) {
  for (const std::string scenario :
       {"churn", "random", "shared_bucket", "batch", "bulk", "mixed"}) {
    expect_failure(allocator, "random", scenario,
                   search_random(allocator, scenario, three, 1'000'000));
    expect_failure(allocator, "preemptions", scenario,
                   search_tree(allocator, scenario, three, 3, 1'000'000));
  }
}

TEST(Specimen, NoNonce) { expect_failures("specimen.no_nonce"); }
TEST(Specimen, UnsafeSplice) { expect_failures("specimen.unsafe_splice"); }

}  // namespace
}  // namespace poolproof
