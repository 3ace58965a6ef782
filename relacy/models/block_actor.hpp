// The actor of block models, who has each of its calls checked by the ledger and noted for the
// trace.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "backend.hpp"
#include "block_ledger.hpp"
#include "block_world.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {

// Counts the free blocks that a handle keeps, unseen by the engine.
class KeptBlocks {
 public:
  explicit KeptBlocks(unsigned magazine_size) noexcept : magazine_size_(magazine_size) {}
  void bookkeeping(const char* name, const ModelVar<void*>& list) noexcept {
    if (std::string_view(name) == "spare" && list.peek() != nullptr) count += magazine_size_;
  }
  void bookkeeping(const char*, const ModelVar<std::uint32_t>& loaded) noexcept {
    count += loaded.peek();
  }
  unsigned count = 0;

 private:
  unsigned magazine_size_;
};

template <class Pool>
class ModelBlockActor {
 public:
  static constexpr unsigned most_held = 4;

  ModelBlockActor(BlockWorld<Pool>& world, unsigned index) : world_(&world), index_(index) {
    take_handle();
  }

  void* alloc() {
    void* block = try_alloc();
    require(block != nullptr || !world_->setting.must_succeed || is_excused(), "must_succeed",
            "an alloc failed although the quotas leave it a block");
    return block;
  }
  void* try_alloc() {
    sometimes_give_back();
    if (would_wait_for_ever()) return nullptr;
    waits(1);
    world_->ledger.begin_alloc(index_);
    const unsigned call = begin_call();
    model_note("alloc");
    void* block = with_pool([](auto& pool) { return alloc_from(pool); });
    waits(-1);
    note_pointer("got", block);
    require(!Waits<Pool> || block != nullptr, "must_succeed",
            "an alloc that waits came back without a block");
    world_->ledger.end_alloc(index_, block != nullptr, 1, end_call(call));
    world_->look_at_red_zones();
    if (block != nullptr) world_->ledger.acquire(block, index_);
    return block;
  }
  void free(void* block) {
    note_pointer("free", block);
    model_fine_step();
    world_->ledger.release(block, index_);
    const unsigned call = begin_call();
    with_pool([&](auto& pool) { pool.free_block(block); });
    end_call(call);
    world_->ledger.freed(block, index_);
    world_->look_at_red_zones();
  }
  void alloc_many(std::uint32_t n) {
    require(n <= most_held - held_, "scenario", "the scenario asks for more than it may keep");
    if (Waits<Pool>) return alloc_one_by_one(n);
    sometimes_give_back();
    world_->ledger.begin_alloc(index_, n);
    const unsigned call = begin_call();
    std::array<void*, most_held> blocks;
    model_note("alloc_many");
    const std::span<void*> wanted(blocks.data(), n);
    const std::size_t got = with_pool([&](auto& pool) { return pool.alloc_many(wanted); });
    const unsigned excused = end_call(call);
    world_->look_at_red_zones();
    require(got <= n, "range", "alloc_many gave more blocks than were asked for");
    for (std::size_t i = 0; i != got; ++i) {
      note_pointer("got", blocks[i]);
      world_->ledger.acquire(blocks[i], index_);
      hold(blocks[i]);
    }
    world_->ledger.end_alloc(index_, got == n, n, excused);
    require(got == n || !world_->setting.must_succeed || is_excused(), "must_succeed",
            "an alloc failed although the quotas leave it a block");
  }
  void free_many(std::uint32_t n) {
    require(n <= held_, "scenario", "the scenario frees more than it has");
    std::array<void*, most_held> blocks;
    for (std::uint32_t i = 0; i != n; ++i) {
      blocks[i] = take(held_ - 1);
      note_pointer("free", blocks[i]);
      model_fine_step();
      world_->ledger.release(blocks[i], index_);
    }
    const unsigned call = begin_call();
    const std::span<void* const> freed(blocks.data(), n);
    with_pool([&](auto& pool) { pool.free_many(freed); });
    end_call(call);
    for (std::uint32_t i = 0; i != n; ++i) world_->ledger.freed(blocks[i], index_);
    world_->look_at_red_zones();
  }

  // Ends its handle, if it has one: gives back what that keeps.
  void end_handle() {
    if constexpr (HasHandles<Pool>) {
      if (!has_handle_) return;
      const unsigned call = begin_call();
      model_note("end of handle");
      has_handle_ = false;
      world_->handles[index_] = nullptr;
      handle_.destroy();
      end_call(call);
    }
  }
  // No choice where it makes no difference.
  void may_end_thread() {
    constexpr bool keeps = HasHandles<Pool> || requires(Pool & pool) { pool.flush(); };
    if (!keeps || !may_have_handle() || model_stops_one_actor() || model_choice(4) != 3) return;
    flush();
    if constexpr (HasHandles<Pool>) {
      end_handle();
      take_handle();
    }
  }
  // Gives back what the pool keeps for this thread.
  void flush() {
    if constexpr (requires { world_->pool.flush(); }) {
      model_goes_on();
      model_note("flush");
      world_->pool.flush();
      model_goes_on();
    }
  }
  // When it is done, and others may wait: who puts a block into the bucket after that sees that it
  // is.
  void free_all_and_bucket() {
    while (held_ != 0) free(take(0));
    waits(1);
    if (void* block = swap(0, nullptr)) free(block);
  }
  // When the pool has gone.
  void forget_handle() {
    if constexpr (HasHandles<Pool>) {
      if (std::exchange(has_handle_, false)) handle_.destroy();
    }
  }
  // Not where the setting lets it go through the pool itself only.
  bool may_have_handle() const noexcept {
    const Fronts fronts = world_->setting.fronts;
    return fronts == Fronts::of_all || (fronts == Fronts::of_first && index_ == 0);
  }
  // The place of its handle, also when it has none at the moment.
  const typename ModelHandle<Pool>::type& handle() const noexcept { return *handle_; }

  std::uint32_t random(std::uint32_t n) { return model_choice(n); }
  void expect(bool ok, const char* oracle, const char* message) { require(ok, oracle, message); }

  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t quota() const noexcept { return world_->setting.quota; }
  void hold(void* block) {
    require(held_ != quota() && held_ != most_held, "scenario",
            "the scenario holds more than its quota");
    blocks_[held_++] = block;
    keeps(1);
  }
  void* take(std::uint32_t i) {
    keeps(-1);
    void* block = blocks_[i];
    blocks_[i] = blocks_[--held_];
    return block;
  }
  void* take_oldest() {
    keeps(-1);
    void* block = blocks_[0];
    --held_;
    for (unsigned i = 0; i != held_; ++i) blocks_[i] = blocks_[i + 1];
    return block;
  }

  // See ModelTest::add_state.
  void add_state(StateHash& hash) const {
    for (unsigned i = 0; i != held_; ++i) hash.add(address(blocks_[i]));
    hash.add(held_);
  }

  std::uint32_t bucket_slots() const noexcept { return BlockWorld<Pool>::bucket_slots; }
  void* swap(std::uint32_t, void* block) {
    if (block != nullptr) world_->ledger.pass(block, index_, BlockLedger::bucket);
    if (block != nullptr) keeps(1);
    void* previous = world_->bucket.exchange(block, std::memory_order_acq_rel);
    if (previous != nullptr) keeps(-1);
    if (previous != nullptr) world_->ledger.pass(previous, BlockLedger::bucket, index_);
    return previous;
  }

 private:
  // Of its handle, or of the pool.
  template <class Call>
  decltype(auto) with_pool(Call call) {
    if constexpr (HasHandles<Pool>) {
      if (has_handle_) return call(*handle_);
    }
    return call(world_->pool);
  }
  void take_handle() {
    if constexpr (HasHandles<Pool>) {
      if (!may_have_handle()) return;
      world_->handles[index_] = &handle_.make(world_->pool);
      has_handle_ = true;
    }
  }
  // Then it goes on without, or with another one.
  void sometimes_give_back() {
    if constexpr (HasHandles<Pool>) {
      if (!may_have_handle() || model_stops_one_actor() || model_choice(4) != 3) return;
      const bool had = has_handle_;
      end_handle();
      if (!had || model_choice(2) == 0) take_handle();
    }
  }

  static constexpr unsigned calls_bit = 50;  // see BlockLedger

  // Of a pool that waits: would nobody be left to give back a block?
  bool would_wait_for_ever() const noexcept {
    if constexpr (!Waits<Pool>) return false;
    model_writes(calls_bit);
    const BlockWorld<Pool>& world = *world_;
    const unsigned blocks = world.setting.blocks;
    return world.kept_inside + held_ >= blocks ||
           (world.waiting + 1 == world.setting.actors && world.kept >= blocks);
  }
  // This actor begins to wait, or waits no longer.
  void waits(int actors) noexcept {
    if constexpr (!Waits<Pool>) return;
    model_writes(calls_bit);
    world_->waiting += static_cast<unsigned>(actors);
    world_->kept_inside += static_cast<unsigned>(actors) * held_;
  }
  void keeps(int blocks) noexcept {
    if constexpr (!Waits<Pool>) return;
    model_writes(calls_bit);
    world_->kept += static_cast<unsigned>(blocks);
  }
  void alloc_one_by_one(std::uint32_t n) {
    for (; n != 0; --n) {
      void* block = alloc();
      if (block == nullptr) return;
      hold(block);
    }
  }
  // A block; of a pool that is told how many bytes are wanted, for one byte or for all that it has.
  template <class PoolOrHandle>
  static void* alloc_from(PoolOrHandle& pool) {
    if constexpr (requires { pool.alloc_block(std::size_t{}); }) {
      return pool.alloc_block(model_choice(2) == 0 ? BlockLedger::block_size : 1);
    } else {
      return pool.alloc_block();
    }
  }

  // The number of this call; 0 when others are inside.
  unsigned begin_call() noexcept {
    model_begins_call(index_);
    if constexpr (!HasMagazines<Pool>) return 0;
    model_writes(calls_bit);
    ++world_->calls;
    return world_->inside++ == 0 ? world_->calls : 0;
  }
  // How many free blocks this call need not have found: those that handles of others keep, and any
  // number when others were inside meanwhile, since these may be on their way between a handle and
  // the pool. None where no other actor ever has a handle.
  unsigned end_call(unsigned call) noexcept {
    if constexpr (HasMagazines<Pool>) {
      model_writes(calls_bit);
      --world_->inside;
      const Fronts fronts = world_->setting.fronts;
      if (fronts == Fronts::none || (fronts == Fronts::of_first && index_ == 0)) return 0;
      const bool alone = world_->calls == call;
      if (!alone) return BlockLedger::most_blocks;
      KeptBlocks kept(world_->setting.magazine_size);
      for (const auto* handle : world_->handles) {
        if (handle != nullptr) handle->describe(kept);
      }
      return kept.count;
    }
    if (MayFail<Pool> || is_excused()) return BlockLedger::most_blocks;
    if constexpr (is_subject<Pool>) {
      return static_cast<unsigned>(world_->pool.most_kept()) * world_->setting.actors;
    }
    return 0;
  }
  // Returns whether a user's pool may miss a block because a plain store freed it. Our own pools
  // must find it.
  bool is_excused() const noexcept {
    return is_subject<Pool> && !MustSucceed<Pool> && model_missed_store(index_);
  }

  BlockWorld<Pool>* world_;
  unsigned index_;
  ExecutionLocal<typename ModelHandle<Pool>::type> handle_;
  bool has_handle_ = false;
  std::uint32_t held_ = 0;
  std::array<void*, most_held> blocks_{};
};

}  // namespace poolproof
