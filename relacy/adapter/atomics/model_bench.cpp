// What the engine costs: executions per second of the lockless pool under churn, 3 actors, 3
// blocks, 3 rounds, beside the same algorithm as one would write it for Relacy by hand, in Relacy's
// own random search. ci/check_rates runs this and prints the ratio.
// Includes from below: models.
#include <benchmark/benchmark.h>

#include <ostream>

#include "allocators/lockless_block_allocator.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/models/block_model.hpp"
#include "relacy/models/list_model.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy_backend.hpp"
#include "scenarios/block_scenarios.hpp"

// Not used here, but Relacy's context names them all.
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/test_suite.hpp>

namespace poolproof {
namespace {

constexpr int actors = 3;
constexpr unsigned blocks = 3;
constexpr unsigned rounds = 3;
constexpr std::uint64_t executions = 10'000;  // in one iteration of the benchmark

void report(benchmark::State& state, bool passed) {
  if (!passed) state.SkipWithError("an execution failed");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(executions));
}

// The lockless pool and its test, by hand: a Treiber stack of indices with a nonce, and a counter
// that hands out blocks for the first time.
struct ByHand : rl::test_suite<ByHand, actors> {
  static constexpr unsigned none = 0xffff;

  rl::atomic<std::uint64_t> head;
  rl::atomic<unsigned> fresh;
  rl::atomic<unsigned> next[blocks];
  rl::var<unsigned> payload[blocks];
  unsigned owner[blocks];  // 0: nobody

  static unsigned index(std::uint64_t word) { return static_cast<unsigned>(word & 0xffff); }
  static std::uint64_t popped(std::uint64_t word, unsigned top) {
    return ((word >> 16) + 1) << 16 | top;
  }
  static std::uint64_t pushed(std::uint64_t word, unsigned top) { return (word >> 16) << 16 | top; }

  void before() {
    head($).store(none, rl::mo_relaxed);
    fresh($).store(0, rl::mo_relaxed);
    for (unsigned i = 0; i != blocks; ++i) {
      next[i]($).store(0, rl::mo_relaxed);
      payload[i]($) = 0;
      owner[i] = 0;
    }
  }

  unsigned pop() {
    for (;;) {
      std::uint64_t word = head($).load(rl::mo_acquire);
      if (index(word) == none) return none;
      const unsigned top = index(word);
      const unsigned below = next[top]($).load(rl::mo_relaxed);
      if (head($).compare_exchange_weak(word, popped(word, below), rl::mo_relaxed)) return top;
      rl::ctx().yield(1, $);
    }
  }
  unsigned carve() {
    for (;;) {
      unsigned now = fresh($).load(rl::mo_acquire);
      if (now == blocks) return none;
      if (fresh($).compare_exchange_weak(now, now + 1, rl::mo_relaxed)) return now;
    }
  }
  unsigned alloc() {
    unsigned block = pop();
    if (block == none) block = carve();
    while (block == none && index(head($).fetch_add(0, rl::mo_relaxed)) != none) block = pop();
    return block;
  }
  void free(unsigned block) {
    for (;;) {
      std::uint64_t word = head($).load(rl::mo_relaxed);
      next[block]($).store(index(word), rl::mo_relaxed);
      if (head($).compare_exchange_weak(word, pushed(word, block), rl::mo_release)) return;
      rl::ctx().yield(1, $);
    }
  }

  void pair(unsigned who) {
    const unsigned block = alloc();
    RL_ASSERT(block != none);
    RL_ASSERT(owner[block] == 0);
    owner[block] = who;
    payload[block]($) = who;
    RL_ASSERT(payload[block]($) == who);
    owner[block] = 0;
    free(block);
  }
  void thread(unsigned number) {
    for (unsigned i = 0; i != rounds; ++i) pair(number + 1);
  }
  // As the model does: all blocks are in the list, each can be had once, and be freed.
  void after() {
    unsigned listed = 0;
    for (unsigned i = index(head($).load(rl::mo_relaxed)); i != none;
         i = next[i]($).load(rl::mo_relaxed)) {
      ++listed;
    }
    RL_ASSERT(listed == fresh($).load(rl::mo_relaxed));
    for (unsigned i = 0; i != blocks; ++i) {
      const unsigned block = alloc();
      RL_ASSERT(block != none && owner[block] == 0);
      owner[block] = 1;
      payload[block]($) = 1;
    }
    RL_ASSERT(alloc() == none);
    for (unsigned i = 0; i != blocks; ++i) {
      RL_ASSERT(payload[i]($) == 1);
      free(i);
    }
  }
};

void by_hand(benchmark::State& state) {
  std::ostream silent(nullptr);
  rl::ostringstream unused;
  bool passed = true;
  for (auto _ : state) {
    rl::test_params params;
    params.output_stream = params.progress_stream = &silent;
    params.iteration_count = executions;
    const auto result = rl::run_test<ByHand, rl::random_scheduler<actors>>(params, unused, false);
    passed = passed && result == rl::test_result_success;
  }
  report(state, passed);
}

void checked(benchmark::State& state) {
  using Pool = LocklessBlockAllocator<RelacyBackend>;
  BlockModel<Pool, Churn> model(Scope{actors, blocks, rounds}, BlockVariant{});
  bool passed = true;
  std::uint64_t seed = 1;
  for (auto _ : state) {
    RandomStrategy strategy(seed++, {.last = executions});
    passed = passed && explore(model, actors, strategy).passed;
  }
  report(state, passed);
}

// The whole space of a plain list, without spurious failures.
void exhaustive(benchmark::State& state, bool tells_states) {
  const Scope scope{static_cast<std::uint32_t>(state.range(0)),
                    static_cast<std::uint32_t>(state.range(1)),
                    static_cast<std::uint32_t>(state.range(2))};
  ListModel list(scope);
  for (auto _ : state) {
    VisitedStates states;
    ExhaustiveStrategy strategy(
        {.spurious = 0, .symmetric = true, .states = tells_states ? &states : nullptr});
    if (!explore(list, scope.actors, strategy).exhausted) state.SkipWithError("it failed");
    state.counters["executions"] = static_cast<double>(strategy.executions());
    state.counters["redundant"] = static_cast<double>(strategy.redundant());
  }
}

BENCHMARK(by_hand)->Name("lockless churn/by hand")->Unit(benchmark::kMillisecond);
BENCHMARK(checked)->Name("lockless churn/poolproof")->Unit(benchmark::kMillisecond);
void sizes(benchmark::internal::Benchmark* list) {
  list->ArgNames({"actors", "blocks", "rounds"})
      ->Args({2, 2, 1})
      ->Args({2, 2, 2})
      ->Args({3, 3, 1})
      ->Args({2, 2, 3})
      ->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(exhaustive, orders, false)->Name("exhaustive list, orders")->Apply(sizes);
BENCHMARK_CAPTURE(exhaustive, states, true)
    ->Name("exhaustive list, states")
    ->Apply(sizes)
    ->Args({3, 3, 2});

}  // namespace
}  // namespace poolproof

BENCHMARK_MAIN();
