// BlockStore: the memory under the index-based pools. It numbers blocks, finds a block and its link
// by index and an index by address, carves fresh blocks, and grows by chunks.
//
// An index is chunk number << slot_bits | slot. A ChunkMap knows each chunk by its number and by
// its addresses, so a base may put chunks anywhere.
//
// Why it is correct. State: fresh_ is {next, end}: the indices [next, end) of the newest chunk have
// never been handed out. A chunk is put into the map once, with growth_ held, before (F3) publishes
// it; a link is constructed by the thread that carves its block. Whoever holds an index or a block
// got it, directly or through a free list and its release/acquire pairs, from the thread that
// carved it. So none of these needs an order.
//   (F1) load acquire of fresh_, pairs with (F3): the chunk is set up before its blocks are carved.
//   (F2) CAS of fresh_, relaxed: (F1) acquired already, carving publishes nothing, and as a
//        read-modify-write it continues the release sequence of (F3). No ABA: next only grows, and
//        every chunk's indices are its own.
//   (F3) store release of fresh_, by the grower while no index is fresh, so that no (F2) can
//        succeed meanwhile: publishes the chunk's place in the map.
//   (F4) store relaxed of fresh_ in init and deinit, where nobody else is inside; load relaxed for
//        the counters: with growth_ held or the pool at rest, and only the number counts.
// Progress: carve is lock-free. grow needs growth_ held.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>

#include "../../allocator.hpp"
#include "../../std_backend.hpp"
#include "../check.hpp"
#include "block_geometry.hpp"
#include "chunk_map.hpp"

namespace poolproof {

// How tools read the value of a link: flag_bits flags, and above them the index of a block, or
// none.
struct LinkLayout {
  std::uint32_t none;
  unsigned flag_bits;
};

// How they read {next, end}, the fresh indices.
struct FreshLayout {
  static constexpr std::uint64_t next(std::uint64_t fresh) noexcept { return fresh & 0xffff'ffff; }
  static constexpr std::uint64_t end(std::uint64_t fresh) noexcept { return fresh >> 32; }
};

template <Backend B>
class BlockStore {
 public:
  using Index = std::uint32_t;
  using Link = typename B::template atomic<std::uint32_t>;

  // See IndexedBlockAllocator::init. index_bits_limit: the most bits that an index may take.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment, unsigned index_bits_limit) noexcept;
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk, std::size_t most_blocks,
                  unsigned index_bits_limit) noexcept;
  void deinit() noexcept;

  bool valid() const noexcept { return geometry_.block_size != 0; }
  bool grows() const noexcept { return base_ != nullptr; }
  const BlockGeometry& geometry() const noexcept { return geometry_; }
  unsigned index_bits() const noexcept { return index_bits_; }

  // The index of no block: all index_bits set.
  Index none() const noexcept { return none_; }

  // In the first chunk, often the only one, index and slot are the same.
  Link& link(Index index) noexcept {
    if (index <= slot_mask_) return links(chunks_.first())[index];
    return links(chunks_.chunk(number(index)))[index & slot_mask_];
  }
  void* block(Index index) noexcept {
    if (index <= slot_mask_) return blocks(chunks_.first()) + index * geometry_.block_size;
    return blocks(chunks_.chunk(number(index))) + (index & slot_mask_) * geometry_.block_size;
  }
  // Stops the program when pointer is not the start of a block of this pool.
  Index index_of(const void* pointer) const noexcept;

  // Up to most blocks in a row that were never handed out, their links 0; {none(), 0} when there is
  // none left. Lock-free.
  struct Range {
    Index first;
    Index count;
  };
  Range carve(Index most) noexcept;
  Index carve() noexcept { return carve(1).first; }

  // Held to grow; also by an observer that wants the number of chunks to stand still.
  typename B::mutex& growth() const noexcept { return growth_; }

  // A block of a new chunk; none() when the base refuses or the indices are used up. The caller
  // holds growth(), and carve() has just answered none().
  Index grow() noexcept;

  // For observers; exact with the pool at rest.
  bool owns(const void* pointer) const noexcept;
  std::size_t capacity() const noexcept;
  std::size_t carved() const noexcept;

  // For tools that show the pool's variables: takes addresses only, and touches no variable, but by
  // visit.peek, which must leave no trace.
  template <class Visitor>
  void describe(Visitor&& visit, const LinkLayout& links) const;

  static constexpr BlockGeometry layout(std::size_t block_size, std::size_t alignment,
                                        std::size_t blocks) noexcept {
    return BlockGeometry::of(0, sizeof(Link), alignof(Link), block_size, alignment, blocks);
  }
  static constexpr std::size_t chunk_alignment(std::size_t alignment) noexcept {
    return std::max(alignment, alignof(Link));
  }

 private:
  static constexpr std::uint64_t fresh(std::uint64_t next, std::uint64_t end) noexcept {
    return end << 32 | next;
  }
  static constexpr std::uint64_t next_of(std::uint64_t fresh) noexcept {
    return FreshLayout::next(fresh);
  }
  static constexpr std::uint64_t end_of(std::uint64_t fresh) noexcept {
    return FreshLayout::end(fresh);
  }

  std::size_t number(Index index) const noexcept { return std::size_t{index} >> slot_bits_; }
  Link* links(std::byte* chunk) const noexcept {
    return reinterpret_cast<Link*>(chunk + geometry_.links_offset);
  }
  std::byte* blocks(std::byte* chunk) const noexcept { return chunk + geometry_.blocks_offset; }
  void set_slot_bits(unsigned bits) noexcept {
    slot_bits_ = bits;
    slot_mask_ = (std::size_t{1} << bits) - 1;
  }
  void end_chunk(std::size_t n, std::size_t carved) noexcept;

  BlockGeometry geometry_;
  Allocator* base_ = nullptr;
  std::size_t most_chunks_ = 0;  // that index_bits_ can number
  Index none_ = 0;
  unsigned index_bits_ = 0;
  unsigned slot_bits_ = 0;
  std::size_t slot_mask_ = 0;  // slot_bits_ ones
  ChunkMap<B> chunks_;
  typename B::template var<std::uint32_t> count_;  // of chunks; guarded by growth_
  mutable typename B::mutex growth_;
  alignas(64) typename B::template atomic<std::uint64_t> fresh_{0};
};

}  // namespace poolproof

#include "block_store_impl.hpp"
