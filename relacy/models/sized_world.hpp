// SizedWorld: the allocator of pieces of any size of one execution, and what else its actors share;
// and SizedModelActor, who has each of its calls checked by the ledger and noted for the trace.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

#include "backend.hpp"
#include "block_world.hpp"
#include "harness/check/model_check.hpp"
#include "harness/sized/sized_concepts.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "scenarios/scenario.hpp"
#include "sized_ledger.hpp"

namespace poolproof {

struct SizedSetting {
  unsigned units = 8;        // pieces of one unit that the pool holds
  unsigned quota = 1;        // pieces that an actor may keep
  unsigned most_bytes = 16;  // of one request
  unsigned chunks = 0;       // that the base gives; 0: the pool lives in a buffer
};

template <class Pool>
struct SizedWorld {
  static constexpr std::uint32_t unit = SizedLedger::unit;
  static constexpr std::uint32_t bucket_slots = 1;

  explicit SizedWorld(const SizedSetting& s)
      : setting(s),
        base(s.chunks, s.chunks == 0 ? 0 : 1),
        ledger(s.chunks == 0 ? memory_of_buffer() : memory_of_base(), !HasUncertainRequests<Pool>,
               is_subject<Pool>) {
    if constexpr (is_subject<Pool>) model_writes_only({buffer, most_bytes});
    require(static_cast<bool>(init()), "setup", "the pool was not set up");
    if constexpr (TellsLargestFree<Pool>) largest_at_first = pool.largest_free();
  }

  InitResult init() {
    if (setting.chunks == 0) {
      const std::size_t bytes = buffer_bytes(setting.units);
      require(bytes <= most_bytes, "setup", "the model's buffer is too small");
      lay_red_zone(buffer - red_zone_bytes);
      lay_red_zone(buffer + bytes);
      return init_pieces(pool, buffer, bytes, unit, std::size_t{setting.units} * unit);
    }
    if constexpr (PiecesGrowOverBase<Pool>) {
      // As much as the largest request takes; a pool that rounds up to no power of two has posts
      // or the like.
      return init_pieces(pool, base, (SetUpByOrder<Pool> ? 1 : 3) * setting.most_bytes, unit);
    }
    return InitError::base_refused;  // it needs none
  }
  SizedLedger::Memory memory_of_buffer() noexcept {
    const auto units = static_cast<unsigned>(buffer_bytes(setting.units) / unit);
    return {buffer, std::min(units, SizedLedger::most_units)};
  }
  // The start of each chunk, where its pieces lie.
  SizedLedger::Memory memory_of_base() noexcept {
    return {base.memory(), SizedLedger::most_units / ModelBase::most_chunks, ModelBase::most_chunks,
            ModelBase::chunk_bytes};
  }

  // Of the memory that so many units take, a multiple of the unit. A pool that does not say gets
  // as much again.
  static std::size_t buffer_bytes(unsigned units) {
    std::size_t bytes = 2UL * units * unit;
    if constexpr (requires { Pool::aligned_buffer_bytes(1, 1, 1U); }) {
      bytes = Pool::aligned_buffer_bytes(units, unit, order_of(units, 1));
    } else if constexpr (requires { Pool::buffer_bytes(1, 1, 1); }) {
      bytes = Pool::buffer_bytes(units, unit, unit);
    }
    return align_up(bytes, unit);
  }

  const SizedSetting setting;
  ModelBase base;
  // The buffer lies in it: before that is a red zone, and so is behind what the pool has.
  static constexpr std::size_t most_bytes = 4096;
  alignas(1024) std::byte with_zones[1024 + most_bytes + red_zone_bytes] = {};
  std::byte* const buffer = with_zones + 1024;
  SizedLedger ledger;
  Pool pool;
  std::size_t largest_at_first = 0;
  ModelHarnessAtomic<std::uint64_t> bucket{0};  // see swap

  // For an actor whose alloc has failed. Not over a base: the pool would look at what it has grown
  // by, and so learn of it. Nor with handles: those of others may keep what would fit.
  bool must_fit(const void* begin, const void* end, std::uint32_t bytes,
                std::size_t alignment) const {
    if constexpr (TellsFit<Pool> && !HasHandles<Pool>) {
      return setting.chunks == 0 && pool.must_fit(begin, end, bytes, alignment);
    }
    return false;
  }
  // Has the pool written beside the memory that it was given?
  void look_at_red_zones() const {
    if (setting.chunks != 0) return base.look_at_red_zones();
    require(is_red_zone_whole(buffer - red_zone_bytes), "red_zone",
            "the pool wrote in front of its buffer");
    require(is_red_zone_whole(buffer + buffer_bytes(setting.units)), "red_zone",
            "the pool wrote behind its buffer");
  }
  std::byte* memory() noexcept { return setting.chunks == 0 ? buffer : base.memory(); }

  void add_state(StateHash& hash, bool with_end) const {
    hash.add(std::uint64_t{setting.chunks} << 32 | setting.quota);
    add_bytes(hash, pool);
    if (setting.chunks == 0) {
      add_plain_bytes(hash, {buffer, buffer_bytes(setting.units)});
    } else {
      base.add_state(hash);
    }
    ledger.add_state(hash, with_end);
  }
};

// What an actor holds of a pool with handles, most of the time; of another one, nothing.
template <class Pool>
class SizedHandle {
 public:
  void take(Pool& pool) {
    if constexpr (HasHandles<Pool>) handle_.make(pool);
    held_ = HasHandles<Pool>;
  }
  void end() {
    if (std::exchange(held_, false)) handle_.destroy();
  }
  bool held() const noexcept { return held_; }
  // call(pool) with the handle, or the pool.
  template <class Call>
  decltype(auto) call(Pool& pool, Call call) {
    if constexpr (HasHandles<Pool>) {
      if (held_) return call(*handle_);
    }
    return call(pool);
  }

 private:
  ExecutionLocal<typename ModelHandle<Pool>::type> handle_;
  bool held_ = false;
};

template <class Pool>
class SizedModelActor {
 public:
  static constexpr unsigned most_held = 4;

  SizedModelActor(SizedWorld<Pool>& world, unsigned index) : world_(&world), index_(index) {
    handle_.take(world.pool);
  }

  Piece alloc(std::uint32_t bytes) {
    return got(bytes, world_->unit, [bytes](auto& pool) { return pool.alloc(bytes); });
  }
  Piece alloc_aligned(std::uint32_t bytes, std::uint32_t alignment) {
    if constexpr (AllocatesAligned<Pool>) {
      return got(bytes, alignment,
                 [=](auto& pool) { return pool.alloc_aligned(bytes, alignment); });
    } else {
      return alloc(bytes);
    }
  }
  void free(const Piece& piece) {
    note_pointer("free", piece.start);
    world_->ledger.release(piece, index_);
    handle_.call(world_->pool, [&](auto& pool) { pool.free(piece.start); });
    world_->ledger.freed(piece, index_);
    world_->look_at_red_zones();
  }

  // Gives back what its handle keeps, and takes no other one.
  void end_handle() {
    handle_.end();
    takes_handles_ = false;
  }

  std::uint32_t random(std::uint32_t n) { return model_choice(n); }
  std::uint32_t any(std::uint32_t n) noexcept { return n - 1; }
  void expect(bool ok, const char* oracle, const char* message) { require(ok, oracle, message); }

  std::uint32_t unit() const noexcept { return world_->unit; }
  std::uint32_t most_bytes() const noexcept { return world_->setting.most_bytes; }
  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t quota() const noexcept { return world_->setting.quota; }
  void hold(const Piece& piece) {
    require(held_ != quota() && held_ != most_held, "scenario",
            "the scenario holds more than its quota");
    pieces_[held_++] = piece;
  }
  Piece take(std::uint32_t i) {
    const Piece piece = pieces_[i];
    pieces_[i] = pieces_[--held_];
    return piece;
  }
  Piece take_oldest() {
    const Piece piece = pieces_[0];
    --held_;
    for (unsigned i = 0; i != held_; ++i) pieces_[i] = pieces_[i + 1];
    return piece;
  }

  std::uint32_t bucket_slots() const noexcept { return SizedWorld<Pool>::bucket_slots; }
  // In the bucket a piece is a word: 1 + its offset, its bytes, its whole bytes, 16 bits of each.
  Piece swap(std::uint32_t, const Piece& piece) {
    std::uint64_t word = 0;
    if (piece) {
      world_->ledger.pass(piece, index_, SizedLedger::bucket);
      const std::uint64_t offset = address(piece.start) - address(world_->memory());
      word = std::uint64_t{piece.whole} << 32 | std::uint64_t{piece.bytes} << 16 | (offset + 1);
    }
    word = world_->bucket.exchange(word, std::memory_order_acq_rel);
    if (word == 0) return {};
    const Piece previous{world_->memory() + (word & 0xffff) - 1,
                         static_cast<std::uint32_t>(word >> 16 & 0xffff),
                         static_cast<std::uint32_t>(word >> 32)};
    world_->ledger.pass(previous, SizedLedger::bucket, index_);
    return previous;
  }

  // See ModelTest::add_state.
  void add_state(StateHash& hash) const {
    for (unsigned i = 0; i != held_; ++i) {
      hash.add(address(pieces_[i].start));
      hash.add(pieces_[i].bytes);
    }
    hash.add(held_);
  }

 private:
  template <class Call>
  Piece got(std::uint32_t bytes, std::size_t alignment, Call call) {
    sometimes_give_back();
    world_->ledger.begin_alloc(index_, is_certain(world_->pool, bytes, alignment));
    note(bytes);
    const Piece piece{handle_.call(world_->pool, call), bytes,
                      whole_size(world_->pool, bytes, alignment)};
    note_pointer("got", piece.start);
    world_->ledger.end_alloc(index_, static_cast<bool>(piece),
                             [&](const void* begin, const void* end) {
                               return world_->must_fit(begin, end, bytes, alignment);
                             });
    world_->look_at_red_zones();
    if (!piece) return {};
    world_->ledger.acquire(piece, index_, alignment);
    return piece;
  }
  // Then it goes on without, or with another handle.
  void sometimes_give_back() {
    if constexpr (HasHandles<Pool>) {
      if (!takes_handles_ || model_stops_one_actor() || model_choice(4) != 3) return;
      const bool had = handle_.held();
      handle_.end();
      if (!had || model_choice(2) == 0) handle_.take(world_->pool);
    }
  }
  static void note(std::uint32_t bytes) {
    if (!model_is_traced()) return;
    std::array<char, 64> text;
    std::snprintf(text.data(), text.size(), "alloc %u bytes", bytes);
    model_note(text.data());
  }

  SizedWorld<Pool>* world_;
  unsigned index_;
  SizedHandle<Pool> handle_;
  bool takes_handles_ = true;
  std::uint32_t held_ = 0;
  std::array<Piece, most_held> pieces_{};
};

}  // namespace poolproof
