// LockedBuddyAllocator: BuddyAllocator behind one mutex, the simple way to share a pool.
// Use it where contention is rare or as the yardstick; not where a preempted lock holder must not
// stop the others.
//
// Why it is correct: see detail/locked_front.hpp.
// Progress: blocking. Any number of threads.
#pragma once

#include <cstddef>

#include "buddy_allocator.hpp"
#include "detail/locked_pieces.hpp"

namespace poolproof {

template <Backend B = StdBackend, unsigned WordOrder = 6>
class LockedBuddyAllocator final : public LockedPieces<B, BasicBuddyAllocator<B, WordOrder>> {
  using Pool = BasicBuddyAllocator<B, WordOrder>;
  using LockedPieces<B, Pool>::pool_;

 public:
  static constexpr std::size_t largest_certain_order = Pool::largest_certain_order;

  LockedBuddyAllocator() = default;
  // As init; valid() says whether it worked.
  LockedBuddyAllocator(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                       unsigned largest_order) noexcept {
    static_cast<void>(init(buffer, buffer_size, leaf_size, largest_order));
  }
  LockedBuddyAllocator(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    static_cast<void>(init(base, leaf_size, largest_order));
  }

  // All as BuddyAllocator.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                  unsigned largest_order) noexcept {
    return pool_.init(buffer, buffer_size, leaf_size, largest_order);
  }
  InitResult init(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    return pool_.init(base, leaf_size, largest_order);
  }

  std::size_t leaf_size() const noexcept { return pool_.leaf_size(); }
  unsigned largest_order() const noexcept { return pool_.largest_order(); }
  std::size_t size_for(std::size_t byte_size, std::size_t alignment) const noexcept {
    return pool_.size_for(byte_size, alignment);
  }
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
};

}  // namespace poolproof
