// What block models are made of: the pool and what else the actors of one execution share, and the
// actor, who has each of its calls checked by the ledger and noted for the trace.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "block_ledger.hpp"
#include "model_engine.hpp"
#include "model_memory.hpp"
#include "relacy_backend.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

// What an execution is a test of, beside the scenario.
struct BlockVariant {
  bool grows = false;   // the pool gets chunks of a base, which may refuse once; else a buffer
  bool scarce = false;  // the quotas of all actors come to more than there are blocks
};

// The variant, worked out.
struct BlockSetting {
  unsigned blocks = 3;            // in all
  unsigned chunks = 0;            // that the base gives; 0: the pool lives in a buffer
  unsigned blocks_per_chunk = 0;  // of the base
  unsigned quota = 1;             // blocks that an actor may keep
  bool must_succeed = false;      // the quotas leave a block for every alloc
};

template <class Pool>
struct BlockWorld {
  explicit BlockWorld(const BlockSetting& s)
      : setting(s), ledger(s.blocks), base(s.chunks, s.chunks == 0 ? 0 : 1) {
    if (setting.chunks == 0) {
      const std::size_t bytes = Pool::buffer_bytes(setting.blocks, size, size);
      model_check(bytes <= sizeof buffer, "setup", "the model's buffer is too small");
      static_cast<void>(pool.init(buffer, bytes, size, size));
    } else {
      static_cast<void>(pool.init(base, size, size, setting.blocks_per_chunk));
    }
    model_check(pool.valid(), "setup", "the pool was not set up");
  }

  static constexpr std::size_t size = BlockLedger::block_size;
  static constexpr std::uint32_t bucket_slots = 1;

  const BlockSetting setting;
  BlockLedger ledger;
  ModelBase base;
  alignas(64) std::byte buffer[1024] = {};
  Pool pool;
  HarnessAtomic<void*> bucket{nullptr};
};

template <class Pool>
class ModelBlockActor {
 public:
  static constexpr unsigned most_held = 4;

  ModelBlockActor(BlockWorld<Pool>& world, unsigned index) : world_(&world), index_(index) {}

  void* alloc() {
    void* block = try_alloc();
    model_check(block != nullptr || !world_->setting.must_succeed, "must_succeed",
                "an alloc failed although the quotas leave it a block");
    return block;
  }
  void* try_alloc() {
    const BlockLedger::Idle before = world_->ledger.begin_alloc();
    model_note("alloc");
    void* block = world_->pool.alloc_block();
    note_pointer("got", block);
    world_->ledger.end_alloc(block != nullptr, before);
    if (block != nullptr) world_->ledger.acquire(block, index_);
    return block;
  }
  void free(void* block) {
    note_pointer("free", block);
    const std::uint32_t stamp = world_->ledger.release(block, index_);
    world_->pool.free_block(block);
    world_->ledger.freed(block, stamp);
  }
  void alloc_many(std::uint32_t n) {
    const BlockLedger::Idle before = world_->ledger.begin_alloc(n);
    std::array<void*, most_held> blocks;
    model_note("alloc_many");
    const std::size_t got = world_->pool.alloc_many(std::span(blocks.data(), n));
    for (std::size_t i = 0; i != got; ++i) {
      note_pointer("got", blocks[i]);
      world_->ledger.acquire(blocks[i], index_);
      hold(blocks[i]);
    }
    world_->ledger.end_alloc(got == n, before, n);
    model_check(got == n || !world_->setting.must_succeed, "must_succeed",
                "an alloc failed although the quotas leave it a block");
  }
  void free_many(std::uint32_t n) {
    std::array<void*, most_held> blocks;
    std::array<std::uint32_t, most_held> stamps;
    for (std::uint32_t i = 0; i != n; ++i) {
      blocks[i] = take(held_ - 1);
      note_pointer("free", blocks[i]);
      stamps[i] = world_->ledger.release(blocks[i], index_);
    }
    world_->pool.free_many(std::span<void* const>(blocks.data(), n));
    for (std::uint32_t i = 0; i != n; ++i) world_->ledger.freed(blocks[i], stamps[i]);
  }
  std::uint32_t random(std::uint32_t n) { return model_choice(n); }

  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t quota() const noexcept { return world_->setting.quota; }
  void hold(void* block) {
    model_check(held_ != quota() && held_ != most_held, "scenario",
                "the scenario holds more than its quota");
    blocks_[held_++] = block;
  }
  void* take(std::uint32_t i) {
    void* block = blocks_[i];
    blocks_[i] = blocks_[--held_];
    return block;
  }
  void* take_oldest() {
    void* block = blocks_[0];
    --held_;
    for (unsigned i = 0; i != held_; ++i) blocks_[i] = blocks_[i + 1];
    return block;
  }

  std::uint32_t bucket_slots() const noexcept { return BlockWorld<Pool>::bucket_slots; }
  void* swap(std::uint32_t, void* block) {
    if (block != nullptr) world_->ledger.pass(block, index_, BlockLedger::bucket);
    void* previous = world_->bucket.exchange(block, std::memory_order_acq_rel);
    if (previous != nullptr) world_->ledger.pass(previous, BlockLedger::bucket, index_);
    return previous;
  }

 private:
  BlockWorld<Pool>* world_;
  unsigned index_;
  std::uint32_t held_ = 0;
  std::array<void*, most_held> blocks_{};
};

}  // namespace poolproof
