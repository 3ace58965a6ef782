// BlockWorld: the pool of one execution and what else its actors share; and the setting that says
// what pool it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "allocators/sizes.hpp"
#include "backend.hpp"
#include "block_ledger.hpp"
#include "harness/stress/subject_concepts.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

// Does a thread hold a handle of this pool?
template <class Pool>
concept HasHandles = requires(Pool& pool) {
  pool.cache();
};

// Does the handle keep blocks from the other threads, in magazines?
template <class Pool>
concept HasMagazines = HasHandles<Pool> && requires(const Pool& pool) {
  pool.most_kept();
};

// Has it a bound of its own on the blocks that it gets from a base?
template <class Pool>
concept BoundsGrowth = requires(Pool& pool, Allocator& base, std::size_t n) {
  pool.init(base, n, n, n, n);
};

template <class Pool>
struct ModelHandle {
  using type = char;  // unused
};
template <HasHandles Pool>
struct ModelHandle<Pool> {
  using type = typename Pool::Cache;
};

// Who may have a handle of a pool with magazines; others go through the pool itself.
enum class Fronts : std::uint8_t { of_all, of_first, none };

// The pool configuration that one execution tests.
struct BlockVariant {
  bool grows = false;   // the pool gets chunks of a base, which may refuse once; else a buffer
  bool scarce = false;  // the quotas of all actors come to more than there are blocks
  unsigned magazine_size = 0;  // of a pool with magazines
  Fronts fronts = Fronts::of_all;
};

// The variant, worked out.
struct BlockSetting {
  unsigned blocks = 3;            // in all
  unsigned chunks = 0;            // that the base gives; 0: the pool lives in a buffer
  unsigned blocks_per_chunk = 0;  // of the base
  unsigned quota = 1;             // blocks that an actor may keep
  bool must_succeed = false;      // the quotas leave a block for every alloc
  unsigned magazine_size = 0;     // of a pool with magazines
  unsigned actors = 0;
  Fronts fronts = Fronts::of_all;
  bool bounds_growth = false;  // the base would give another chunk: the pool itself has a bound
};

template <class Pool>
struct BlockWorld {
  explicit BlockWorld(const BlockSetting& s)
      : setting(s),
        ledger(s.blocks, LiesAnywhere<Pool> ? 8 : size, is_subject<Pool>),
        base(s.chunks + (s.bounds_growth ? 1 : 0), s.chunks == 0 ? 0 : 1) {
    if constexpr (is_subject<Pool>) {
      if (Pool::on_memory && s.chunks == 0) model_writes_only(std::as_bytes(std::span(buffer)));
    }
    if (Waits<Pool>) model_calls_wait();
    require(static_cast<bool>(init()), "setup", "the pool was not set up");
  }

  static constexpr std::size_t size = BlockLedger::block_size;
  static constexpr std::uint32_t bucket_slots = 1;

  const BlockSetting setting;
  BlockLedger ledger;
  ModelBase base;
  // The last bytes of front, and those behind what the pool has of the buffer, are red zones.
  alignas(64) std::byte front[red_zone_bytes] = {};
  alignas(64) std::byte buffer[1024 + red_zone_bytes] = {};
  std::size_t buffer_bytes = 0;  // that the pool has
  Pool pool;
  ModelHarnessAtomic<void*> bucket{nullptr};
  // Of each actor; null where it has none.
  std::array<const typename ModelHandle<Pool>::type*, ModelTest::most_actors> handles{};
  unsigned calls = 0;   // of a handle or the pool, begun; where there are magazines
  unsigned inside = 0;  // and not returned
  // Of a pool that waits: see WaitBook.
  unsigned waiting = 0;      // actors in an alloc, or done
  unsigned kept_inside = 0;  // blocks that those keep
  unsigned kept = 0;         // blocks that any actor keeps or the bucket has

  InitResult init() {
    if (setting.chunks == 0) return init_in_buffer();
    if constexpr (HasMagazines<Pool>) {
      const std::size_t most = setting.bounds_growth ? setting.blocks : 0;
      return pool.init(base, size, size, setting.blocks_per_chunk, most, setting.magazine_size);
    } else if constexpr (BoundsGrowth<Pool>) {
      const std::size_t most = setting.bounds_growth ? setting.blocks : 0;
      return pool.init(base, size, size, setting.blocks_per_chunk, most);
    } else if constexpr (GrowsOverBase<Pool>) {
      return pool.init(base, size, size, setting.blocks_per_chunk);
    } else {
      return InitError::base_refused;  // it needs none
    }
  }
  InitResult init_in_buffer() {
    const std::size_t bytes = bytes_of_blocks();
    require(bytes + red_zone_bytes <= sizeof buffer, "setup", "the model's buffer is too small");
    buffer_bytes = bytes;
    lay_red_zone(front);
    lay_red_zone(buffer + bytes);
    if constexpr (HasMagazines<Pool>) {
      return pool.init(buffer, bytes, size, size, setting.magazine_size);
    } else {
      return pool.init(buffer, bytes, size, size);
    }
  }

  // What holds so many blocks and no more: the buffer is aligned.
  std::size_t bytes_of_blocks() const {
    if constexpr (requires { Pool::aligned_buffer_bytes(1, 1, 1); }) {
      return Pool::aligned_buffer_bytes(setting.blocks, size, size);
    } else {
      return Pool::buffer_bytes(setting.blocks, size, size);
    }
  }

  // Has the pool written beside the memory that it was given?
  void look_at_red_zones() const {
    if (setting.chunks != 0) return base.look_at_red_zones();
    require(is_red_zone_whole(front), "red_zone", "the pool wrote in front of its buffer");
    require(is_red_zone_whole(buffer + buffer_bytes), "red_zone",
            "the pool wrote behind its buffer");
  }

  // See ModelTest::add_state. Handles, and pools that may lie anywhere, keep what is not looked at.
  bool add_state(StateHash& hash, bool with_end) const {
    if (HasHandles<Pool> || LiesAnywhere<Pool>) return false;
    hash.add(std::uint64_t{setting.chunks} << 32 | setting.quota);
    if (is_subject<Pool>) hash.add(model_missed_stores());
    add_bytes(hash, pool);
    if (setting.chunks == 0) {
      add_plain_bytes(hash, {buffer, buffer_bytes});
    } else {
      base.add_state(hash);
    }
    ledger.add_state(hash, with_end);
    return true;
  }
};

}  // namespace poolproof
