// LocklessBuddyAllocator: pieces of any size, for any number of threads. A binary buddy system
// (K. C. Knowlton, CACM 8, 1965; D. E. Knuth, TAOCP 1, 2.5) without lists: a bit for each leaf, and
// above them nodes that count what is in use below; every block is taken by one CAS.
// Use it where pieces of many sizes come and go on several threads. Not where all are of one size
// (LocklessBlockAllocator), nor where a piece rounded up to a power of two wastes too much.
//
// Why it is correct: see detail/buddies/buddy_chunk.hpp, with the numbered operations, and
// detail/buddies/buddy_pool.hpp for how it grows.
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

#include "detail/buddies/buddy_front.hpp"
#include "detail/lane.hpp"

namespace poolproof {

// WordOrder: orders up to this are taken in one word of bits. Smaller ones than 6 are for
// experiments, in which a few leaves make many words.
template <Backend B = StdBackend, unsigned WordOrder = 6>
class LocklessBuddyAllocator final : public BuddyFront<BuddyPool<B, WordOrder>> {
  using BuddyFront<BuddyPool<B, WordOrder>>::pool_;

 public:
  // Up to this order an alloc never fails spuriously; see Failure above.
  static constexpr std::size_t largest_certain_order = WordOrder;

  LocklessBuddyAllocator() = default;
  // As init; valid() says whether it worked.
  LocklessBuddyAllocator(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                         unsigned largest_order) noexcept {
    static_cast<void>(this->init(buffer, buffer_size, leaf_size, largest_order));
  }
  LocklessBuddyAllocator(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    static_cast<void>(this->init(base, leaf_size, largest_order));
  }

  // Gives every chunk back, once; all pieces are gone. With nobody else inside.
  void deinit() noexcept { pool_.deinit(); }

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

  // Bytes handed out, as rounded up. Exact at rest; counts the leaves. There is no peak(): threads
  // would have to count it in one word, which costs as much as all else. Of a pool that grows,
  // capacity() is the peak but for what was split up, since it grows only when no block is free.
  std::size_t used() const noexcept { return pool_.used(); }
  // At rest: looks at all there is. nullptr when sound, else a sentence.
  const char* violation() const noexcept { return pool_.violation(); }
};

}  // namespace poolproof
