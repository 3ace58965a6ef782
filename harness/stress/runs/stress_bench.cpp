// What the oracles cost: the same scenario on the lockless pool, bare and as the stress run does it
// without chaos. ci/rates runs this and prints the ratios.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "allocators/lockless_block_allocator.hpp"
#include "harness/oracles/ledger.hpp"
#include "harness/stress/actor_state.hpp"
#include "harness/stress/observed_backend.hpp"
#include "harness/stress/stress_actor.hpp"
#include "scenarios/block_scenarios.hpp"

namespace poolproof {
namespace {

constexpr std::uint32_t blocks = 64;
constexpr std::size_t block_size = 64;
constexpr std::uint32_t quota = 31;
constexpr int steps_per_batch = 1024;

// The same scenario with nothing around it but the one write that makes a block a block.
template <class Pool>
class BareActor {
 public:
  BareActor(std::uint32_t number, Pool& pool) : rng_(1, number), pool_(pool) {}

  void* alloc() noexcept {
    void* block = pool_.alloc_block();
    if (block != nullptr) *static_cast<volatile std::uint64_t*>(block) = 1;
    return block;
  }
  void free(void* block) noexcept {
    pool_.free_block(block);
    ++pairs_;
  }
  std::uint32_t random(std::uint32_t n) noexcept { return rng_.below(n); }
  void expect(bool, const char*, const char*) noexcept {}
  std::uint32_t held() const noexcept { return held_count_; }
  std::uint32_t quota() const noexcept { return poolproof::quota; }
  void hold(void* block) noexcept { held_[held_count_++] = block; }
  void* take(std::uint32_t i) noexcept {
    void* block = held_[i];
    held_[i] = held_[--held_count_];
    return block;
  }
  void* take_oldest() noexcept { return take(0); }
  void alloc_many(std::uint32_t n) noexcept {
    const std::size_t got = pool_.alloc_many(std::span(held_ + held_count_, n));
    held_count_ += static_cast<std::uint32_t>(got);
  }
  void free_many(std::uint32_t n) noexcept {
    held_count_ -= n;
    pool_.free_many(std::span<void* const>(held_ + held_count_, n));
    pairs_ += n;
  }
  void may_end_thread() noexcept {}
  std::uint32_t bucket_slots() const noexcept { return 1; }
  void* swap(std::uint32_t, void* block) noexcept { return block; }
  void free_all() noexcept {
    while (held_count_ != 0) free(take(0));
  }
  std::uint64_t pairs() const noexcept { return pairs_; }

 private:
  Rng rng_;
  Pool& pool_;
  void* held_[poolproof::quota] = {};
  std::uint32_t held_count_ = 0;
  std::uint64_t pairs_ = 0;
};

template <class Backend>
struct Shared {
  using Pool = LocklessBlockAllocator<Backend>;
  alignas(4096) std::byte buffer[1 << 14];
  Pool pool;
  ViolationLog log;
  Ledger ledger{log, buffer, sizeof buffer, block_size, block_size};
  BucketSlot bucket[1];
  Shared() {
    const InitResult result = pool.init(buffer, Pool::buffer_bytes(blocks, block_size, block_size),
                                        block_size, block_size);
    if (!result) std::abort();
  }
};

template <class Scenario>
void bare(benchmark::State& state) {
  using Backend = StdBackend;
  static Shared<Backend> shared;
  auto actor = std::make_unique<BareActor<Shared<Backend>::Pool>>(
      static_cast<std::uint32_t>(state.thread_index()), shared.pool);
  while (state.KeepRunningBatch(steps_per_batch)) {
    for (int i = 0; i != steps_per_batch; ++i) Scenario::step(*actor);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(actor->pairs()));
  actor->free_all();
}

template <class Scenario>
void with_oracles(benchmark::State& state) {
  using Backend = ObservedBackend<StdBackend>;
  static Shared<Backend> shared;
  const auto number = static_cast<std::uint32_t>(state.thread_index());
  auto counts = std::make_unique<ActorState>();
  auto actor = std::make_unique<StressActor<Shared<Backend>::Pool>>(number, 1, shared.ledger,
                                                                    shared.log, *counts, quota);
  actor->start_round(
      shared.pool,
      {.actors = 2, .quota = quota, .slots = 1, .roomy = true, .bucket = shared.bucket});
  while (state.KeepRunningBatch(steps_per_batch)) {
    for (int i = 0; i != steps_per_batch; ++i) Scenario::step(*actor);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(counts->pairs.load()));
  actor->free_all();
  if (shared.log.failed()) state.SkipWithError("an oracle saw a violation");
}

BENCHMARK(bare<Churn>)->Name("churn/bare")->Threads(2)->UseRealTime();
BENCHMARK(with_oracles<Churn>)->Name("churn/oracles")->Threads(2)->UseRealTime();
BENCHMARK(bare<Random>)->Name("random/bare")->Threads(2)->UseRealTime();
BENCHMARK(with_oracles<Random>)->Name("random/oracles")->Threads(2)->UseRealTime();

}  // namespace
}  // namespace poolproof

BENCHMARK_MAIN();
