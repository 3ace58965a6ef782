// BuddyPool: the chunks of a buddy allocator: one in a buffer, or as many as a base gives. Turns
// sizes into orders, and finds a piece's chunk.
//
// Why it is correct. State: count_ chunks, each a BuddyChunk. Chunk n's address is written once,
// with growth_ held, before (G2) makes it one of count_; so is the level of the directory that it
// lies in. The way from number to address is a directory of levels, where level k holds the chunks
// [2^k, 2^(k+1)) and lies behind chunk 2^k: nothing moves when the pool grows, and the base is
// asked for nothing but chunks.
//   (G1) load acquire of count_, pairs with (G2): the chunks that it counts are set up.
//   (G2) store release of count_, by the grower.
//   (G3) load relaxed of count_: with growth_ held, at rest, or to find the chunk of a piece, whose
//        owner got it, by some synchronisation of theirs, from a thread that knew of the chunk.
//   (G4) load and store relaxed of current_, the chunk to begin with: a hint.
//   (G5) store relaxed of count_, in init and deinit: nobody else is inside.
// Progress: that of BuddyChunk; an alloc that finds no block goes on with growth_ held if there is
// a base.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "../../allocator.hpp"
#include "../../sizes.hpp"
#include "buddy_chunk.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder = 6>
class BuddyPool {
 public:
  using Chunk = BuddyChunk<B, WordOrder>;
  static constexpr std::size_t none = Chunk::none;
  static constexpr unsigned no_order = ~0U;

  BuddyPool() = default;
  BuddyPool(const BuddyPool&) = delete;
  BuddyPool& operator=(const BuddyPool&) = delete;
  ~BuddyPool() { deinit(); }

  InitResult init(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                  unsigned largest_order) noexcept;
  InitResult init(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept;
  void deinit() noexcept;
  bool valid() const noexcept { return geometry_.leaves != 0; }

  // The order of the smallest block for this request; no_order if there is none so large.
  unsigned order_for(std::size_t byte_size, std::size_t alignment) const noexcept;
  // The bytes of that block; 0 if there is none.
  std::size_t size_for(std::size_t byte_size, std::size_t alignment) const noexcept {
    const unsigned order = order_for(byte_size, alignment);
    return order == no_order ? 0 : geometry_.leaf_size() << order;
  }
  // A block of this order; nullptr if there is none, or order is no_order. lane: where to begin.
  void* alloc(unsigned order, std::uint32_t lane) noexcept;
  // As alloc, but gives up where no hint says that there is a block, and asks no base.
  void* alloc_quickly(unsigned order, std::uint32_t lane) noexcept;
  // Not nullptr. The order of the block. Stops the program if there is none.
  unsigned free(void* pointer) noexcept;
  // In bytes, of a block in use of the caller's; stops the program if there is none.
  std::size_t size_of(const void* pointer) const noexcept;

  // For magazines: the chunk of a block in use. Stops the program if it can be none.
  typename Chunk::Leaves leaves_around(const void* pointer) const noexcept {
    return chunk(place_of(pointer).chunk).leaves();
  }
  // Leaves of all that is kept. At rest.
  std::size_t kept_leaves() const noexcept {
    std::size_t leaves = 0;
    for (std::size_t n = chunks(); n-- != 0;) leaves += chunk(n).kept_leaves();
    return leaves;
  }

  bool owns(const void* pointer) const noexcept;
  std::size_t capacity() const noexcept { return chunks() * geometry_.leaves_bytes(); }
  std::size_t used() const noexcept;
  std::size_t largest_free() const noexcept;
  std::size_t leaf_size() const noexcept { return valid() ? geometry_.leaf_size() : 0; }
  unsigned largest_order() const noexcept { return geometry_.largest_order; }
  const char* violation() const noexcept;
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept;

  static constexpr std::size_t buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                            unsigned largest_order) noexcept;
  static constexpr std::size_t aligned_buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                                    unsigned largest_order) noexcept;

  template <class Visitor>
  void describe(Visitor&& visit) const;

  // visit(start, bytes) for the leaves of each chunk. At rest.
  template <class Visit>
  void for_each_chunk(Visit visit) const {
    for (std::size_t n = chunks(); n-- != 0;) visit(start(n), geometry_.leaves_bytes());
  }

 private:
  using Entry = typename B::template var<std::byte*>;
  using Level = typename B::template var<Entry*>;

  static constexpr InitResult check_sizes(std::size_t leaf_size, unsigned largest_order) noexcept;
  static constexpr BuddyGeometry layout(std::size_t leaves, std::size_t leaf_size,
                                        unsigned largest_order) noexcept {
    return BuddyGeometry::of(Chunk::sizes, leaves, leaf_size, largest_order);
  }
  static constexpr unsigned level_of(std::size_t n) noexcept {
    return static_cast<unsigned>(std::bit_width(n | 1)) - 1;
  }

  std::size_t chunks() const noexcept {
    return static_cast<std::size_t>(count_.load(std::memory_order_acquire));  // (G1)
  }
  Entry& entry(std::size_t n) const noexcept {
    if (n == 0) return first_;
    return levels_[level_of(n)].get()[n - (std::size_t{1} << level_of(n))];
  }
  std::byte* start(std::size_t n) const noexcept { return entry(n).get(); }
  Chunk chunk(std::size_t n) const noexcept { return Chunk(start(n), geometry_); }
  void* block(std::size_t n, std::size_t leaf) const noexcept {
    return leaf == none ? nullptr : start(n) + (leaf << geometry_.leaf_shift);
  }
  struct Place {
    std::size_t chunk;
    std::size_t offset;  // in bytes
  };
  Place find(const void* pointer, std::size_t count) const noexcept;
  Place place_of(const void* pointer) const noexcept;

  void* alloc_in_any(unsigned order, std::uint32_t lane) noexcept;
  void* alloc_surely(unsigned order) noexcept;
  void* grow(unsigned order) noexcept;

  BuddyGeometry geometry_;
  Allocator* base_ = nullptr;
  mutable Entry first_;
  Level levels_[32];
  mutable typename B::mutex growth_;
  typename B::template atomic<std::uint64_t> count_{0};
  typename B::template atomic<std::uint64_t> current_{0};
};

}  // namespace poolproof

#include "buddy_pool_impl.hpp"
