// BlockModel: a scenario on a block allocator, as a ModelTest: a pool, actors that take the
// scenario's steps on it, and the oracles at rest. Its actors are BlockActors (scenario.hpp).
#pragma once

#include <array>
#include <cstdint>

#include "block_ledger.hpp"
#include "model_engine.hpp"
#include "model_memory.hpp"
#include "relacy_backend.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

struct BlockShape {
  unsigned actors = 3;
  unsigned blocks = 3;  // in all; a multiple of chunks
  unsigned chunks = 0;  // that the base gives; 0: the pool lives in a buffer
  unsigned steps = 3;   // of each actor
  unsigned quota = 1;   // blocks that an actor may keep
  // The quotas leave a block for every alloc, and the pool promises to find it. Not for scenarios
  // with a bucket.
  bool must_succeed = false;
};

// What the actors of one execution share.
template <class Pool>
struct BlockWorld {
  explicit BlockWorld(const BlockShape& s) : shape(s), ledger(s.blocks), base(s.chunks) {
    if (shape.chunks == 0) {
      const std::size_t bytes = Pool::buffer_bytes(shape.blocks, size, size);
      model_check(bytes <= sizeof buffer, "the model's buffer is too small");
      static_cast<void>(pool.init(buffer, bytes, size, size));
    } else {
      static_cast<void>(pool.init(base, size, size, shape.blocks / shape.chunks));
    }
    model_check(pool.valid(), "the pool was not set up");
  }

  static constexpr std::size_t size = BlockLedger::block_size;
  static constexpr std::uint32_t bucket_slots = 1;

  const BlockShape shape;
  BlockLedger ledger;
  ModelBase base;
  alignas(64) std::byte buffer[1024] = {};
  Pool pool;
  RelacyAtomic<void*> bucket{nullptr};
};

template <class Pool>
class ModelBlockActor {
 public:
  static constexpr unsigned most_held = 4;

  ModelBlockActor(BlockWorld<Pool>& world, unsigned index) : world_(&world), index_(index) {}

  void* alloc() {
    void* block = try_alloc();
    model_check(block != nullptr || !world_->shape.must_succeed,
                "an alloc failed although the quotas leave it a block");
    return block;
  }
  void* try_alloc() {
    const BlockLedger::Idle before = world_->ledger.begin_alloc();
    void* block = world_->pool.alloc_block();
    world_->ledger.end_alloc(block != nullptr, before);
    if (block != nullptr) world_->ledger.acquire(block, index_);
    return block;
  }
  void free(void* block) {
    world_->ledger.release(block, index_);
    world_->pool.free_block(block);
    world_->ledger.freed(block);
  }
  std::uint32_t random(std::uint32_t n) { return model_choice(n); }

  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t quota() const noexcept { return world_->shape.quota; }
  void hold(void* block) {
    model_check(held_ != quota() && held_ != most_held, "the scenario holds more than its quota");
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

template <class Pool, class Scenario>
class BlockModel final : public ModelTest {
 public:
  using Actor = ModelBlockActor<Pool>;
  static_assert(BlockActor<Actor>);

  explicit BlockModel(const BlockShape& shape) : shape_(shape) {}

  void before() override {
    world_.make(shape_);
    for (unsigned i = 0; i != shape_.actors; ++i) actors_[i].make(*world_, i);
  }
  void actor(unsigned index) override {
    for (unsigned i = 0; i != shape_.steps; ++i) Scenario::step(*actors_[index]);
  }
  // Conservation at rest: once everything is given back, the pool hands out each block, once.
  void after() override {
    for (unsigned i = 0; i != shape_.actors; ++i) {
      while (actors_[i]->held() != 0) actors_[i]->free(actors_[i]->take(0));
    }
    Actor& me = *actors_[0];
    if (void* block = me.swap(0, nullptr)) me.free(block);
    model_check(world_->pool.used() == 0, "blocks are in use after all were freed");

    std::array<void*, BlockLedger::most_blocks> drained;
    unsigned count = 0;
    while (void* block = me.try_alloc()) drained[count++] = block;  // the ledger checks them
    model_check(count == shape_.blocks, "blocks were lost");
    model_check(world_->pool.capacity() == shape_.blocks, "the capacity is wrong");
    while (count != 0) me.free(drained[--count]);
    world_.destroy();
  }

 private:
  const BlockShape shape_;
  Place<BlockWorld<Pool>> world_;
  std::array<Place<Actor>, 4> actors_;
};

}  // namespace poolproof
