// StressActor: one thread's part in a scenario on a block allocator, with the oracles around every
// operation. See BlockActor for what a scenario may ask of it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "actor_state.hpp"
#include "chaos_backend.hpp"
#include "harness/base/rng.hpp"
#include "harness/oracles/ledger.hpp"
#include "held_ring.hpp"
#include "pool_calls.hpp"
#include "run.hpp"
#include "scenarios/scenario.hpp"
#include "subject_concepts.hpp"
#include "wait_book.hpp"

namespace poolproof {

// A slot of the shared bucket, alone on its cache line.
struct alignas(64) BucketSlot {
  std::atomic<void*> block{nullptr};
};

// What the actors of one run share, besides the pool; constant while they work.
struct BlockShape {
  std::uint32_t actors = 1;
  std::uint32_t quota = 1;
  std::uint32_t slots = 1;
  std::uint32_t in_hand = 4;  // blocks that an actor may have on their way in or out, at most
  std::size_t kept = 0;       // free blocks that all of them together may keep from each other
  bool roomy = false;  // quotas and slots leave a block free for everybody: no alloc may fail
  BucketSlot* bucket = nullptr;
  WaitBook* waits = nullptr;     // of a pool that waits
  std::uint32_t block_size = 1;  // bytes
};

template <class Pool>
class StressActor {
 public:
  StressActor(std::uint32_t number, std::uint64_t seed, Ledger& ledger, ViolationLog& log,
              ActorState& state, std::uint32_t most_held)
      : owner_(number + 1),
        rng_(seed, number),
        ledger_(ledger),
        log_(log),
        state_(state),
        calls_(rng_, state),
        held_(most_held) {}

  // For the next round, with nobody inside.
  void start_round(Pool& pool, const BlockShape& scope, bool keeps_handle = false) noexcept {
    scope_ = scope;
    held_.clear();
    calls_.start_round(pool, keeps_handle);
  }
  // In a thread of its own: begins; and at its end gives back what the pool keeps for it.
  void begin_thread() noexcept { thread_ends_ = false; }
  void leave() noexcept { calls_.leave(); }
  bool thread_ends() const noexcept { return thread_ends_; }
  // With nobody inside, or in this actor's own thread.
  void end_handle() noexcept { calls_.end_handle(); }

  void* alloc() noexcept {
    state_.begin(ActorState::Doing::allocating);
    calls_.maybe_give_back();
    if (Waits<Pool> && !scope_.waits->begin(held())) return nullptr;
    void* block = calls_.timed([this](auto& pool) { return this->alloc_from(pool); });
    if (Waits<Pool>) scope_.waits->end(held());
    if (block == nullptr) [[unlikely]] {
      block = look_into_exhaustion();
      if (block == nullptr) return nullptr;
    }
    ledger_.acquired(owner_, block);
    return block;
  }
  void free(void* block) noexcept {
    chaos.behind_write();  // what others write to the block meanwhile is seen
    ledger_.releasing(owner_, block);
    state_.begin(ActorState::Doing::freeing);
    calls_.timed([&](auto& pool) { pool.free_block(block); });
    state_.count_pair();
  }
  // At rest: the actor goes on resting in the eyes of the watchdog.
  void free_at_rest(void* block) noexcept {
    ledger_.releasing(owner_, block);
    calls_.untimed([&](auto& pool) { pool.free_block(block); });
    state_.count_pair();
  }
  void alloc_many(std::uint32_t n) noexcept {
    if (Waits<Pool>) return alloc_one_by_one(n);
    n = std::min(n, most_in_one_call);
    std::array<void*, most_in_one_call> blocks;
    state_.begin(ActorState::Doing::allocating);
    const std::span<void*> wanted(blocks.data(), n);
    const std::size_t got = calls_.timed([&](auto& pool) { return pool.alloc_many(wanted); });
    for (std::size_t i = 0; i != got; ++i) {
      ledger_.acquired(owner_, blocks[i]);
      hold(blocks[i]);
    }
    if (got == n) return;
    if (void* block = look_into_exhaustion()) {
      ledger_.acquired(owner_, block);
      hold(block);
    }
  }
  void free_many(std::uint32_t n) noexcept {
    n = std::min(n, most_in_one_call);
    std::array<void*, most_in_one_call> blocks;
    for (std::uint32_t i = 0; i != n; ++i) {
      blocks[i] = take(held_.size() - 1);
      ledger_.releasing(owner_, blocks[i]);
    }
    state_.begin(ActorState::Doing::freeing);
    const std::span<void* const> freed(blocks.data(), n);
    calls_.timed([&](auto& pool) { pool.free_many(freed); });
    for (std::uint32_t i = 0; i != n; ++i) state_.count_pair();
  }
  std::uint32_t random(std::uint32_t n) noexcept { return rng_.below(n); }

  void expect(bool ok, const char* oracle, const char* message) noexcept {
    if (!ok) [[unlikely]]
      log_.report(oracle, message);
  }

  std::uint32_t held() const noexcept { return held_.size(); }
  std::uint32_t quota() const noexcept { return scope_.quota; }
  void hold(void* block) noexcept {
    held_.hold(block);
    if (Waits<Pool>) scope_.waits->keep();
  }
  void* take(std::uint32_t i) noexcept {
    if (Waits<Pool>) scope_.waits->give_back();
    return held_.take(i);
  }
  void* take_oldest() noexcept {
    if (Waits<Pool>) scope_.waits->give_back();
    return held_.take_oldest();
  }
  void may_end_thread() noexcept {
    if (rng_.below(256) != 0) return;
    calls_.end_thread();
    thread_ends_ = true;
  }

  std::uint32_t bucket_slots() const noexcept { return scope_.slots; }
  // acq_rel: what the one who put a block in wrote into it happens before what its taker does.
  void* swap(std::uint32_t slot, void* block) noexcept {
    if (Waits<Pool> && block != nullptr) scope_.waits->keep();
    if (block != nullptr) ledger_.passed(owner_, Ledger::bucket_owner, block);
    void* previous = scope_.bucket[slot].block.exchange(block, std::memory_order_acq_rel);
    if (previous != nullptr) ledger_.passed(Ledger::bucket_owner, owner_, previous);
    if (Waits<Pool> && previous != nullptr) scope_.waits->give_back();
    return previous;
  }

  // At rest: gives back everything that this actor holds.
  void free_all() noexcept {
    while (held_.size() != 0) free_at_rest(take(held_.size() - 1));
  }

  // The same, and what is in the bucket: nobody waits for it any more.
  void free_all_and_bucket() noexcept {
    free_all();
    scope_.waits->rest();
    for (std::uint32_t i = 0; i != scope_.slots; ++i) {
      if (void* block = swap(i, nullptr)) free_at_rest(block);
    }
  }

 private:
  static constexpr std::uint32_t most_in_one_call = 64;

  // A block; of a pool that is told how many bytes are wanted, for any number that it has.
  template <class PoolOrHandle>
  void* alloc_from(PoolOrHandle& pool) noexcept {
    if constexpr (requires { pool.alloc_block(std::size_t{}); }) {
      return pool.alloc_block(std::size_t{1} + rng_.below(scope_.block_size));
    } else {
      return pool.alloc_block();
    }
  }
  // What waits for one must not have others in its hands.
  void alloc_one_by_one(std::uint32_t n) noexcept {
    for (; n != 0; --n) {
      void* block = alloc();
      if (block == nullptr) return;
      hold(block);
    }
  }

  // The must-succeed oracle. Where the scope leaves a block free for everybody, any failure is one
  // too many. Elsewhere, now and then, the alloc is repeated between two looks at all stamps: a
  // block that was owned before, and that nobody owned at either look, was free for the whole call,
  // but for those that the other actors had in their hands on the way in or out at that time, a few
  // for each of them, and those that they may keep.
  [[gnu::cold, gnu::noinline]] void* look_into_exhaustion() noexcept {
    ++state_.exhaustions;
    if (Waits<Pool>) {
      log_.report("must_succeed", "an alloc that waits came back without a block");
      return nullptr;
    }
    if (scope_.roomy) {
      log_.report("must_succeed", "alloc failed although a block was free for the whole call");
      return nullptr;
    }
    if (rng_.below(16) != 0) return nullptr;
    before_.clear();
    for (std::size_t i = 0; i != ledger_.places(); ++i) before_.push_back(ledger_.stamp(i));
    void* block = calls_.untimed([](auto& pool) { return pool.alloc_block(); });
    if (block != nullptr) return block;
    std::size_t free = 0;
    for (std::size_t i = 0; i != ledger_.places(); ++i) {
      const std::uint32_t stamp = ledger_.stamp(i);
      if (stamp != 0 && Ledger::owner_of(stamp) == 0 && stamp == before_[i]) ++free;
    }
    if (free > std::size_t{scope_.in_hand} * scope_.actors + scope_.kept) {
      log_.report("must_succeed", "alloc failed although " + std::to_string(free) +
                                      " blocks were free for the whole call");
    }
    return nullptr;
  }

  const Ledger::Owner owner_;
  Rng rng_;
  Ledger& ledger_;
  ViolationLog& log_;
  ActorState& state_;
  PoolCalls<Pool> calls_;
  BlockShape scope_;
  HeldRing<void*> held_;
  bool thread_ends_ = false;
  std::vector<std::uint32_t> before_;
};

}  // namespace poolproof
