// What an allocator of pieces of any size offers, member by member; ours have all of it, and a
// user's as much as it has.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "allocators/allocator.hpp"
#include "allocators/sizes.hpp"

namespace poolproof {

// Pieces by size; from any thread. nullptr: there is no room.
template <class Pool>
concept SizedPool = requires(Pool& pool, void* piece, std::size_t bytes) {
  { pool.alloc(bytes) } -> std::convertible_to<void*>;
  pool.free(piece);
};
template <class Pool>
concept AllocatesAligned = requires(Pool& pool, std::size_t n) {
  { pool.alloc_aligned(n, n) } -> std::convertible_to<void*>;
};

// Would memory from begin to end, all of it free, certainly serve such a request?
template <class Pool>
concept TellsFit = requires(const Pool& pool, const void* place, std::size_t n) {
  { pool.must_fit(place, place, n, n) } -> std::same_as<bool>;
};
// The most bytes that one alloc can have at the moment.
template <class Pool>
concept TellsLargestFree = requires(const Pool& pool) {
  { pool.largest_free() } -> std::convertible_to<std::size_t>;
};
template <class Pool>
concept TellsUsed = requires(const Pool& pool) {
  { pool.used() } -> std::convertible_to<std::size_t>;
};
// The bytes that a piece for such a request takes, where that is more than was asked for; may be
// asked at any time, and touches nothing that changes.
template <class Pool>
concept TellsSizeFor = requires(const Pool& pool, std::size_t n) {
  { pool.size_for(n, n) } -> std::convertible_to<std::size_t>;
};
template <class Pool>
concept TellsViolation = requires(const Pool& pool) {
  { pool.violation() } -> std::convertible_to<const char*>;
};
// Zero, sizes that overflow, and alignments that are no powers of two are answered with nullptr.
template <class Pool>
concept RefusesNonsense = std::derived_from<Pool, Allocator>;

// A pool that is told an alignment, or a leaf and an order (a buddy allocator).
template <class Pool>
concept SetUpByOrder = requires(Pool& pool, void* memory, std::size_t n) {
  pool.init(memory, n, n, 1U);
};
template <class Pool>
concept PiecesGrowOverBase = requires(Pool& pool, Allocator& base, std::size_t n) {
  pool.init(base, n, n);
}
|| requires(Pool& pool, Allocator& base, std::size_t n) { pool.init(base, n, 1U); };
// Its pieces do not lie in the memory that it is given.
template <class Pool>
concept PiecesLieAnywhere = requires {
  requires !Pool::on_memory;
};

template <class Pool>
std::uint32_t whole_size(const Pool& pool, std::size_t bytes, std::size_t alignment) {
  // What was asked for is the owner's, whatever the pool says.
  if constexpr (TellsSizeFor<Pool>) bytes = std::max(bytes, pool.size_for(bytes, alignment));
  return static_cast<std::uint32_t>(bytes);
}

// Of the larger requests, another thread that is in the middle of a free, or of an alloc, may make
// one fail, though what it frees or takes is not needed for it.
template <class Pool>
concept HasUncertainRequests = requires {
  Pool::largest_certain_order;
};
// Is such a request not one of those?
template <class Pool>
bool is_certain(const Pool& pool, std::size_t bytes, std::size_t alignment) {
  if constexpr (HasUncertainRequests<Pool>) {
    return pool.size_for(bytes, alignment) <= pool.leaf_size() << Pool::largest_certain_order;
  }
  return true;
}

constexpr unsigned order_of(std::size_t bytes, std::size_t unit) noexcept {
  return static_cast<unsigned>(std::bit_width(bytes / unit)) - 1;
}

// Sets pool up in a buffer of so many bytes. unit: bytes, a power of two; pieces are aligned to it.
// most_bytes: of a piece, at least; a buddy allocator's largest order.
template <class Pool>
InitResult init_pieces(Pool& pool, void* buffer, std::size_t bytes, std::size_t unit,
                       std::size_t most_bytes) {
  if constexpr (SetUpByOrder<Pool>) {
    return pool.init(buffer, bytes, unit, order_of(most_bytes, unit));
  } else {
    return pool.init(buffer, bytes, unit);
  }
}
// Sets pool up over a base; bytes: of a chunk.
template <class Pool>
InitResult init_pieces(Pool& pool, Allocator& base, std::size_t bytes, std::size_t unit) {
  if constexpr (SetUpByOrder<Pool>) {
    return pool.init(base, unit, order_of(bytes, unit));
  } else {
    return pool.init(base, bytes, unit);
  }
}

}  // namespace poolproof
