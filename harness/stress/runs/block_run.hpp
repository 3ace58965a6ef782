// BlockRun: a stress run of one block scenario on one block allocator.
//
// Each pool lives for two rounds: in a buffer or growing over a base, roomy or tight, as the seed
// says. After each round all blocks are drawn out of it (conservation), and put back; at the end of
// its life it is taken down, and the base must be owed nothing.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <vector>

#include "allocators/sizes.hpp"
#include "growth.hpp"
#include "harness/oracles/run_memory.hpp"
#include "harness/stress/stress_actor.hpp"
#include "harness/stress/subject_concepts.hpp"
#include "stress_run.hpp"

namespace poolproof {

// All of it but the steps: compiled once for each allocator.
template <class Pool>
class BlockRunBase : public StressRun {
 protected:
  using Actor = StressActor<Pool>;

  BlockRunBase(const RunConfig& config, const ScenarioInfo& scenario)
      : StressRun(config),
        scenario_(scenario),
        // The largest power of two that divides the block size, so that no size is rounded up.
        alignment_(std::clamp<std::size_t>(config.block_size & -config.block_size, 8, 64)),
        block_size_(align_up(config.block_size, alignment_)),
        // Room for any number of chunks, each with its links and aligned to its own size.
        memory_(8 * (config.blocks + std::size_t{64}) * (block_size_ + 64), 4096),
        ledger_(make_ledger()),
        rng_(config.seed, 1ULL << 33),
        bucket_(std::make_unique<BucketSlot[]>(most_slots)) {
    if (Waits<Pool>) stuck_oracle_ = "deadlock";
    threads_.resize(config.threads);
    for (std::uint32_t i = 0; i != config.threads; ++i) {
      stress_actors_.push_back(
          std::make_unique<Actor>(i, config.seed, ledger_, log_, actors_[i], config.blocks + 1));
    }
  }

  // Steps of the scenario, until the actor's thread ends or the round is over.
  virtual void take_steps(Actor& me, ActorState& state) = 0;

 private:
  static constexpr std::uint32_t most_slots = 64;

  Ledger make_ledger() {
    if constexpr (Unbounded<Pool>) return Ledger(log_, 0, block_size_);
    if constexpr (LiesAnywhere<Pool>) return Ledger(log_, config_.blocks, block_size_);
    return Ledger(log_, memory_.begin(), memory_.size(), block_size_, alignment_);
  }

  void act(std::uint32_t i) override {
    Actor& me = *stress_actors_[i];
    const auto work = [&] {
      take_steps(me, actors_[i]);
      if (is_subject<Pool> && !scenario_.ends_pools) me.leave();
    };
    // Threads of users' pools end before the check at rest, which then finds what went with them.
    // In a scenario that ends pools, threads outlive them for a while.
    const bool renews_threads = scenario_.ends_threads || is_subject<Pool>;
    do {
      me.begin_thread();
      if (renews_threads) {
        on_new_thread(work, scenario_.ends_pools ? &threads_[i] : nullptr);
      } else {
        work();
      }
    } while (!round_over(actors_[i]));
    if (Waits<Pool>) me.free_all_and_bucket();
  }

  void start_round() override {
    if (pool_) return wait_book_.start_round(config_.threads, capacity_);  // in its second round
    ledger_.clear();
    pool_.emplace();
    growing_ = false;
    // The second one always, so that no run is too short for it.
    if constexpr (GrowsOverBase<Pool>) growing_ = rng_.below(4) == 0 || pools_ == 1;
    const InitResult result = growing_ ? init_over_base() : init_in_buffer();
    if (!result) {
      log_.report("init", result.message().c_str());
      return;
    }
    choose_shape();
    for (auto& actor : stress_actors_) {
      actor->start_round(*pool_, scope_, scenario_.ends_pools && pools_ != 0);
    }
    ++pools_;
  }

  InitResult init_over_base() {
    if constexpr (GrowsOverBase<Pool>) {
      const std::uint32_t per_chunk = 1 + rng_.below(std::max(1U, config_.blocks / 2));
      const std::uint32_t chunks = (config_.blocks + per_chunk - 1) / per_chunk;
      capacity_ = std::size_t{per_chunk} * chunks;
      TrackedBase& base = memory_.give_base(chunks, config_.seed + rng_.next32());
      base.refuse_one_in(rng_.below(2) == 0 || Waits<Pool> ? 0 : 3);
      return pool_->init(base, block_size_, alignment_, per_chunk);
    }
    return {};
  }
  InitResult init_in_buffer() {
    const std::size_t bytes = Pool::buffer_bytes(config_.blocks, block_size_, alignment_);
    const InitResult result =
        pool_->init(memory_.give_buffer(bytes), bytes, block_size_, alignment_);
    capacity_ = pool_->capacity();
    return result;
  }

  // Roomy: all that the actors may have, and one block more for each of them, fits into the pool.
  void choose_shape() {
    const auto capacity = static_cast<std::uint32_t>(std::min<std::size_t>(capacity_, UINT32_MAX));
    const std::uint32_t actors = config_.threads;
    scope_ = {.actors = actors,
              .bucket = bucket_.get(),
              .waits = &wait_book_,
              .block_size = static_cast<std::uint32_t>(block_size_)};
    wait_book_.start_round(actors, capacity_);
    scope_.slots = std::clamp(capacity / 4, 1U, most_slots);
    const std::uint32_t in_bucket = scenario_.uses_bucket ? scope_.slots : 0;
    scope_.kept = actors * most_kept();
    const auto set_aside = in_bucket + static_cast<std::uint32_t>(scope_.kept);
    const std::uint32_t left = capacity > set_aside ? (capacity - set_aside) / actors : 0;
    const bool tight = rng_.below(2) == 0;
    scope_.quota = std::clamp(tight ? capacity : left > 1 ? left - 1 : 1, 1U, config_.blocks);
    scope_.in_hand += scenario_.in_hand - 1;
    if (scenario_.uses_many) scope_.in_hand += scope_.quota;
    const std::uint32_t held = scenario_.uses_held ? scope_.quota : 0;
    const std::uint64_t most_used = std::uint64_t{held + scenario_.in_hand} * actors + set_aside;
    scope_.roomy = most_used <= capacity && !growing_ && !MayFail<Pool>;
    if (MayFail<Pool>) scope_.kept = capacity;
  }

  // A user's pool may keep blocks for whoever looks, as for any thread, until that ends.
  void check_at_rest() override {
    if constexpr (is_subject<Pool>) {
      on_new_thread([this] { look_at_rest(); });
    } else {
      look_at_rest();
    }
  }
  void look_at_rest() {
    if (log_.failed()) return abandon_pool();
    if (ledger_.overflowed()) doubt_ = "it has more different blocks than the oracles can watch";
    memory_.base().refuse_one_in(0);
    std::size_t held = 0;
    for (const auto& actor : stress_actors_) held += actor->held();
    for (std::uint32_t i = 0; i != scope_.slots; ++i) held += bucket_[i].block.load() != nullptr;
    look_at_red_zones();
    look_at_invariant();
    if (!outlived()) drain(held);
    if (Unbounded<Pool> && !scenario_.ends_pools) look_at_growth();
    if (log_.failed()) return abandon_pool();
    if (!second_round_ && !scenario_.ends_pools) {
      second_round_ = true;
      return;
    }
    take_down();
  }

  // Does the pool end while threads may keep some of its blocks?
  bool outlived() const noexcept { return is_subject<Pool> && scenario_.ends_pools; }

  // Free blocks that each actor may keep from the others.
  std::size_t most_kept() const {
    if constexpr (requires { pool_->most_kept(); }) return pool_->most_kept();
    return 0;
  }
  void reclaim() {
    if constexpr (requires { pool_->reclaim(); }) pool_->reclaim();
    if constexpr (requires { pool_->flush(); }) pool_->flush();
  }

  void look_at_red_zones() {
    if (const auto what = memory_.overrun()) log_.report("red_zone", *what);
  }
  // The oracle that a subject may bring.
  void look_at_invariant() {
    if constexpr (requires { pool_->violation(); }) {
      if (const char* wrong = pool_->violation()) log_.report("invariant", wrong);
    }
  }

  // Lost blocks of a pool without a bound. One that loses most of them is wrong; another may have a
  // reason to grow.
  void look_at_growth() {
    const auto now = Clock::now();
    if (sanitized || !growth_.due(now)) return;
    std::size_t freed = 0;
    for (std::uint32_t i = 0; i != config_.threads; ++i) {
      freed += actors_[i].pairs.load(std::memory_order_relaxed) * block_size_;
    }
    growth_.look(now, freed, resident_bytes());
    const auto growth = growth_.steady();
    if (growth && growth->loses_most()) log_.report("conservation", growth->loss());
    if (!ledger_.overflowed()) doubt_ = growth ? growth->doubt() : "";
  }

  // Draws out every block that is free: with those in use, exactly as many as there are.
  void drain(std::size_t held) {
    if constexpr (Unbounded<Pool>) return;
    reclaim();
    drained_.clear();
    const std::size_t most = Waits<Pool> ? capacity_ - held : capacity_ + 1;
    while (drained_.size() < most && !log_.failed()) {
      void* block = pool_->alloc_block();
      if (block == nullptr) break;
      ledger_.acquired(Ledger::rest_owner, block);
      drained_.push_back(block);
    }
    const std::size_t count = drained_.size() + held;
    const std::size_t missing = KeepsToTheEnd<Pool> ? (config_.threads + 1) * most_kept() : 0;
    if (!log_.failed() && (count > capacity_ || count + missing < capacity_)) {
      log_.report("conservation",
                  fmt::format("at rest, {} blocks in use and {} drained make {}, not {}", held,
                              drained_.size(), held + drained_.size(), capacity_));
    }
    if (log_.failed()) return;
    for (void* block : drained_) {
      ledger_.releasing(Ledger::rest_owner, block);
      pool_->free_block(block);
    }
    reclaim();  // what this thread may have kept
  }

  void take_down() {
    for (auto& actor : stress_actors_) actor->free_all();
    for (std::uint32_t i = 0; i != scope_.slots; ++i) {
      if (void* block = stress_actors_[0]->swap(i, nullptr)) stress_actors_[0]->free_at_rest(block);
    }
    if (!outlived()) drain(0);
    if (log_.failed()) return abandon_pool();
    if (!scenario_.ends_pools && rng_.below(2) == 0) {  // else the handles outlive the pool
      for (auto& actor : stress_actors_) actor->end_handle();
    }
    if (pool_->used() != 0) {
      log_.report("conservation", fmt::format("used() is {} with nothing in use", pool_->used()));
    }
    pool_->deinit();
    look_at_red_zones();
    if (pool_->alloc_block() != nullptr) {
      log_.report("deinit", "alloc succeeded on a pool that was taken down");
    }
    if (const auto debt = memory_.debt()) log_.report("base", *debt);
    pool_.reset();
    second_round_ = false;
  }

  // Its lists may be cyclic or lead anywhere: nothing of it is touched again but its chunk list.
  void abandon_pool() {
    if constexpr (requires { pool_->abandon(); }) pool_->abandon();
    pool_.reset();
    second_round_ = false;
    for (std::uint32_t i = 0; i != most_slots; ++i) bucket_[i].block.store(nullptr);
  }

  const ScenarioInfo scenario_;
  const std::size_t alignment_;
  const std::size_t block_size_;
  RunMemory memory_;
  Ledger ledger_;
  Rng rng_;
  std::unique_ptr<BucketSlot[]> bucket_;
  std::vector<std::unique_ptr<Actor>> stress_actors_;
  std::optional<Pool> pool_;
  BlockShape scope_;
  Growth growth_;
  std::vector<void*> drained_;
  WaitBook wait_book_;
  std::vector<std::unique_ptr<LingeringThread>> threads_;  // of actors, that outlive a pool
  std::size_t capacity_ = 0;
  bool growing_ = false;
  bool second_round_ = false;
  std::uint64_t pools_ = 0;  // so far
};

template <class Pool, class Scenario>
class BlockRun final : public BlockRunBase<Pool> {
 public:
  explicit BlockRun(const RunConfig& config) : BlockRunBase<Pool>(config, Scenario::info) {}

 private:
  void take_steps(StressActor<Pool>& me, ActorState& state) override {
    while (!me.thread_ends() && !this->round_over(state)) Scenario::step(me);
  }
};

}  // namespace poolproof
