// The allocators under the model checker, and the specimens, which it must find out. The numbers of
// executions are what fits into about a minute and a half; each starts at execution 1, so a failure
// names an execution that Search::random(1, number) runs alone.
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <string_view>

#include "allocators/async_linear_allocator.hpp"
#include "allocators/deferred_block_allocator.hpp"
#include "allocators/locked_block_allocator.hpp"
#include "allocators/lockless_block_allocator.hpp"
#include "block_model.hpp"
#include "linear_model.hpp"
#include "model_engine.hpp"
#include "relacy_backend.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "scenarios/specimens.hpp"

namespace poolproof {
namespace {

using Lockless = LocklessBlockAllocator<RelacyBackend>;
using Deferred = DeferredBlockAllocator<RelacyBackend>;
using Locked = LockedBlockAllocator<RelacyBackend>;

// 3 actors, on a buffer and on a base. A chunk of one block would go to its grower whole, and no
// block would be carved out of memory that another actor published: hence 2 chunks of 2 blocks.
constexpr BlockShape fixed{.blocks = 3};
constexpr BlockShape growing{.blocks = 4, .chunks = 2};

void expect_pass(const ModelResult& result, std::string_view scenario) {
  EXPECT_TRUE(result.passed) << scenario << ", execution " << result.failing << ": "
                             << result.failure << '\n'
                             << result.trace;
  std::printf("  %-14.*s %9llu executions, %.0f a second\n", static_cast<int>(scenario.size()),
              scenario.data(), static_cast<unsigned long long>(result.executions),
              static_cast<double>(result.executions) / result.seconds);
}

template <class Pool, class Scenario>
ModelResult run(const BlockShape& shape, const Search& search) {
  static std::optional<BlockModel<Pool, Scenario>> model;  // too large for the stack
  model.emplace(shape);
  return explore(*model, shape.actors, search);
}

template <class Pool, class Scenario>
ModelResult pass(const BlockShape& shape, const Search& search) {
  const ModelResult result = run<Pool, Scenario>(shape, search);
  expect_pass(result, Scenario::info.name);
  return result;
}

// Every scenario with quotas that leave enough blocks, and with too few blocks. Returns in how many
// executions of churn each event was seen.
template <class Pool>
auto pass_all(const BlockShape& shape) {
  BlockShape enough = shape;
  enough.must_succeed = true;
  BlockShape scarce = shape;
  scarce.quota = 2;
  const ModelResult churn = pass<Pool, Churn>(enough, Search::random(100'000));
  pass<Pool, Random>(enough, Search::random(50'000));
  pass<Pool, Batch>(enough, Search::random(50'000));
  pass<Pool, Random>(scarce, Search::random(50'000));
  pass<Pool, Batch>(scarce, Search::random(100'000));
  pass<Pool, SharedBucket>(scarce, Search::random(100'000));
  pass<Pool, Mixed>(scarce, Search::random(20'000));
  return churn.executions_with;
}

std::uint64_t count(const std::array<std::uint64_t, event_kinds>& executions, Event event) {
  return executions[static_cast<std::size_t>(event)];
}

TEST(Model, LocklessFixed) {
  EXPECT_GT(count(pass_all<Lockless>(fixed), Event::aba_window), 1000u);
}
TEST(Model, LocklessGrowing) {
  const auto executions = pass_all<Lockless>(growing);
  EXPECT_GT(count(executions, Event::aba_window), 1000u);
  EXPECT_GT(count(executions, Event::grow), 1000u);
}
TEST(Model, DeferredFixed) {
  const auto executions = pass_all<Deferred>(fixed);
  EXPECT_GT(count(executions, Event::aba_window), 1000u);
  EXPECT_GT(count(executions, Event::claim), 1000u);
  EXPECT_GT(count(executions, Event::recycle), 1000u);
}
TEST(Model, DeferredGrowing) {
  const auto executions = pass_all<Deferred>(growing);
  EXPECT_GT(count(executions, Event::aba_window), 1000u);
  EXPECT_GT(count(executions, Event::grow), 1000u);
}
TEST(Model, LockedFixed) { pass_all<Locked>(fixed); }
TEST(Model, LockedGrowing) { EXPECT_GT(count(pass_all<Locked>(growing), Event::grow), 1000u); }

TEST(Model, AsyncLinear) {
  LinearModel<AsyncLinearAllocator<RelacyBackend>, Carve> model(LinearShape{});
  expect_pass(explore(model, 3, Search::random(200'000)), Carve::info.name);
}

// All schedules of 2 actors on 2 blocks with at most 3 preemptions, and all choices.
template <class Pool>
void pass_exhaustively(unsigned steps) {
  const BlockShape shape{.actors = 2, .blocks = 2, .steps = steps, .must_succeed = true};
  EXPECT_TRUE((pass<Pool, Churn>(shape, Search::bounded(3))).exhausted);
}

TEST(Exhaustive, Lockless) { pass_exhaustively<Lockless>(2); }
TEST(Exhaustive, Deferred) { pass_exhaustively<Deferred>(2); }
TEST(Exhaustive, Locked) { pass_exhaustively<Locked>(3); }

// A positive control: the model checker must find the specimen out.
template <class Pool, class Scenario>
void expect_failure(const BlockShape& shape, const Search& search) {
  const ModelResult result = run<Pool, Scenario>(shape, search);
  EXPECT_FALSE(result.passed);
  std::printf("  %-14.*s failed in execution %llu: %s\n",
              static_cast<int>(Scenario::info.name.size()), Scenario::info.name.data(),
              static_cast<unsigned long long>(result.executions), result.failure.c_str());
}

TEST(Specimen, NoNonce) {
  using NoNonce = specimen::NoNonce<RelacyBackend>;
  const BlockShape small{.actors = 2, .blocks = 2, .steps = 2};
  expect_failure<NoNonce, Churn>(fixed, Search::random(10'000));
  expect_failure<NoNonce, Random>(fixed, Search::random(10'000));
  expect_failure<NoNonce, SharedBucket>(fixed, Search::random(10'000));
  expect_failure<NoNonce, Churn>(growing, Search::random(10'000));
  expect_failure<NoNonce, Churn>(small, Search::bounded(3));
}

TEST(Specimen, UnsafeSplice) {
  using UnsafeSplice = specimen::UnsafeSplice<RelacyBackend>;
  expect_failure<UnsafeSplice, Churn>(fixed, Search::random(100'000));
  expect_failure<UnsafeSplice, Batch>({.quota = 2}, Search::random(100'000));
  expect_failure<UnsafeSplice, Mixed>({.quota = 2}, Search::random(20'000));
  expect_failure<UnsafeSplice, Churn>(growing, Search::random(100'000));
}

}  // namespace
}  // namespace poolproof
