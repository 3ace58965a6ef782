// BuddyFront<Pool>: what the buddy allocators answer in the same way. Pool: a BuddyPool.
#pragma once

#include <cstddef>

#include "buddy_pool.hpp"

namespace poolproof {

template <class Pool>
class BuddyFront : public Allocator {
 public:
  // leaf_size: in bytes, a power of two, at least 8. A block of order k is 2^k leaves and aligned
  // to its size. Never leaves buffer, which is not owned, and is used from its first byte that is
  // aligned to the largest order; bookkeeping lies behind the leaves.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                  unsigned largest_order) noexcept {
    return pool_.init(buffer, buffer_size, leaf_size, largest_order);
  }
  // Grows by chunks of one block of the largest order each; asks base first when the first block is
  // wanted, and one thread at a time. base is not owned and must outlive the chunks.
  InitResult init(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    return pool_.init(base, leaf_size, largest_order);
  }
  bool valid() const noexcept { return pool_.valid(); }

  // Bytes of the caller's piece, as rounded up. Stops the program as free does.
  std::size_t size_of(const void* piece) const noexcept { return pool_.size_of(piece); }
  // The bytes that a piece for such a request takes, rounded up; 0 if it can never be had.
  std::size_t size_for(std::size_t byte_size, std::size_t alignment) const noexcept {
    return pool_.size_for(byte_size, alignment);
  }
  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t leaf_size() const noexcept { return pool_.leaf_size(); }  // bytes
  unsigned largest_order() const noexcept { return pool_.largest_order(); }
  // Bytes of all leaves, used or free.
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  // The largest byte_size that would be served now without asking a base. Exact at rest.
  std::size_t largest_free() const noexcept { return pool_.largest_free(); }

  // Would memory [begin, end) of this pool, if all of it is free, certainly serve this request?
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    return pool_.must_fit(begin, end, byte_size, alignment);
  }

  // Bytes that hold so many leaves and their bookkeeping wherever the buffer lies; or in a buffer
  // that is aligned to leaf_size << largest_order. size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                            unsigned largest_order) noexcept {
    return Pool::buffer_bytes(leaves, leaf_size, largest_order);
  }
  static constexpr std::size_t aligned_buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                                    unsigned largest_order) noexcept {
    return Pool::aligned_buffer_bytes(leaves, leaf_size, largest_order);
  }

  // visit(start, bytes) for the leaves of each chunk. At rest.
  template <class Visit>
  void for_each_chunk(Visit visit) const {
    pool_.for_each_chunk(visit);
  }
  // For tools that show the pool's variables: takes addresses only, and touches no variable, but by
  // visit.peek, which must leave no trace.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    pool_.describe(visit);
  }

 protected:
  BuddyFront() = default;

  Pool pool_;
};

}  // namespace poolproof
