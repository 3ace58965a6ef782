// LocklessBuddyAllocator: pieces of any size, for any number of threads. A binary buddy system
// (K. C. Knowlton, CACM 8, 1965; D. E. Knuth, TAOCP 1, 2.5) without lists: a bit for each leaf, and
// above them nodes that count what is in use below; every block is taken by one CAS.
// Use it where pieces of many sizes come and go on several threads. Not where all are of one size
// (LocklessBlockAllocator), nor where a piece rounded up to a power of two wastes too much.
//
// Why it is correct: see detail/buddy_chunk.hpp, with the numbered operations, and
// detail/buddy_pool.hpp for how it grows.
//
// Progress: free is wait-free, alloc is lock-free for every order, over a buffer. Over a base, an
// alloc that finds no block goes on with a mutex held, and asks the base: a thread that is stopped
// there stops those that find none either, and nobody else. free and owns look through the chunks
// one by one, so choose a largest order that makes them few.
//
// Failure: an alloc of an order up to largest_certain_order answers nullptr only if no aligned run
// of free leaves for it was free for the whole call. A larger one may also fail because, in each
// such run, another thread was in the middle of an operation: of an alloc, or of a free that ended
// the last use of a word in it. While that thread is stopped there, the run is lost to larger
// blocks, and to no others.
//
// Where a search begins depends on the thread (its stack's address), so that threads meet rarely.
// Fragmentation: see buddy_allocator.hpp.
#pragma once

#include <cstddef>

#include "detail/buddy_lane.hpp"
#include "detail/buddy_pool.hpp"

namespace poolproof {

// WordOrder: orders up to this are taken in one word of bits. Smaller ones than 6 are for
// experiments, in which a few leaves make many words.
template <Backend B = StdBackend, unsigned WordOrder = 6>
class LocklessBuddyAllocator final : public Allocator {
 public:
  // Up to this order an alloc never fails spuriously; see Failure above.
  static constexpr std::size_t largest_certain_order = WordOrder;

  LocklessBuddyAllocator() = default;
  // As init; valid() says whether it worked.
  LocklessBuddyAllocator(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                         unsigned largest_order) noexcept {
    static_cast<void>(init(buffer, buffer_size, leaf_size, largest_order));
  }
  LocklessBuddyAllocator(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    static_cast<void>(init(base, leaf_size, largest_order));
  }

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
  // Gives every chunk back, once; all pieces are gone. With nobody else inside.
  void deinit() noexcept { pool_.deinit(); }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return pool_.alloc(pool_.order_for(byte_size, 1), lane_of<B>());
  }
  // alignment: up to leaf_size() << largest_order().
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return pool_.alloc(pool_.order_for(byte_size, alignment), lane_of<B>());
  }
  // Any thread. Stops the program on a pointer that is not a piece of this pool's in use.
  void free(void* pointer) noexcept override {
    if (pointer != nullptr) static_cast<void>(pool_.free(pointer));
  }

  // Bytes of the caller's piece, as rounded up. Stops the program as free does.
  std::size_t size_of(const void* piece) const noexcept { return pool_.size_of(piece); }
  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t leaf_size() const noexcept { return pool_.leaf_size(); }  // bytes
  unsigned largest_order() const noexcept { return pool_.largest_order(); }
  // Bytes of all leaves, used or free.
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  // Bytes handed out, as rounded up. Exact at rest; counts the leaves.
  std::size_t used() const noexcept { return pool_.used(); }
  // The largest byte_size that alloc would serve without asking a base. As used().
  std::size_t largest_free() const noexcept { return pool_.largest_free(); }

  // The bytes that a piece for such a request takes, rounded up; 0 if it can never be had.
  std::size_t size_for(std::size_t byte_size, std::size_t alignment) const noexcept {
    return pool_.size_for(byte_size, alignment);
  }

  // At rest: looks at all there is. nullptr when sound, else a sentence.
  const char* violation() const noexcept { return pool_.violation(); }
  // Would memory [begin, end) of this pool, if all of it is free, certainly serve this request?
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    return pool_.must_fit(begin, end, byte_size, alignment);
  }

  // Bytes that hold so many leaves and their bookkeeping wherever the buffer lies; or in a buffer
  // that is aligned to leaf_size << largest_order. size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                            unsigned largest_order) noexcept {
    return BuddyPool<B, WordOrder>::buffer_bytes(leaves, leaf_size, largest_order);
  }
  static constexpr std::size_t aligned_buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                                    unsigned largest_order) noexcept {
    return BuddyPool<B, WordOrder>::aligned_buffer_bytes(leaves, leaf_size, largest_order);
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

 private:
  BuddyPool<B, WordOrder> pool_;
};

}  // namespace poolproof
