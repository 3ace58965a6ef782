// LocklessBlockAllocator: a lock-free pool, for any number of threads. The free list is a Treiber
// stack (R. K. Treiber, IBM RJ 5118, 1986) of block indices; index and nonce share one 64-bit word,
// as the System/370 manual proposed against ABA.
// Use it where a preempted thread must not stop the others. Not where every operation meets
// contention: one word is one cache line, and all threads take turns on it.
//
// Why it is correct. State: head_ {index, nonce} and one link for each block. Invariant: from the
// index in head_, the links lead through exactly the blocks that are in the free list; each block
// has at most one owner, or is in the list, or has never been carved (BlockStore).
//   (1) load acquire of head_. Pairs with (6): it sees the link of the top block, and all that the
//       last owner wrote into it. Every change of head_ is a read-modify-write, so whatever value
//       (1) reads continues the release sequence of every push before it ([atomics.order]/5).
//   (2) load relaxed of the top's link. Its value counts only when (3) succeeds. Then the nonce
//       has not moved since (1), so nobody has popped that block since, so nobody owned it and
//       nobody wrote its link; and (1) made the last write of it visible. Otherwise it may be
//       stale, or be written at this moment, which an atomic allows.
//   (3) CAS of head_, the pop. A pop publishes nothing: the links below the new top were published
//       by their own pushes, whose release sequences this read-modify-write continues. Acquire on
//       failure: the head that it has read is what the next attempt starts from, as (1); take_many
//       starts again at (1). Kept: where it succeeds relaxed would do, as (1) acquired already, but
//       g++ 12 warns of a failure order above the success order.
//   (4) load relaxed of head_: its value becomes the link and is confirmed by (6).
//   (5) store release of the link: the caller owns the block, and (6) publishes it. Release: for
//       (9), to which it publishes that the block was popped. Kept: shown where take_many's blocks
//       are linked to each other; where a link leads into the old list, the counterexample is the
//       same but for a third thread, and longer than what a search has found.
//   (6) CAS of head_, the push. Release: publishes (5) and the owner's writes to (1). Relaxed on
//       failure: what it has read takes the place of (4). A push that meets ABA does no harm: it
//       links to whatever is on top, wherever that has been meanwhile.
//   (7) store and load relaxed: with the pool at rest; or a hint, of CachedBlockAllocator's.
//   (8) fetch_add of nothing to head_, relaxed: a read-modify-write reads the newest value
//       ([atomics.order]/10), a load need not: without it an alloc could fail on a list that was
//       empty once. Relaxed: only emptiness is read, and take starts again at (1).
//   (9) load acquire of a link, and load relaxed of head_, in take_many, which goes on to the link
//       of the next block before (3) has confirmed anything. That link may not even exist for this
//       thread: the block may be fresh, and come from a chunk that it has not seen. So head_ must
//       still be what (1) read. Pairs with (5): if the link is newer than (1), then the pop that
//       came before it is visible, and head_ is not what it was. Relaxed: coherence is enough.
// ABA: (3) succeeds wrongly only if exactly a multiple of 2^nonce_bits() pops came between its (1)
// and itself and the same block is on top. Moving the nonce on pops is enough: for a block to leave
// the top and come back, it must be popped. nonce_wrap_seconds says how long a thread would have to
// be stopped inside alloc_block; with 40 bits and 66 million pops a second, 4.6 hours to the
// second. Progress: see IndexedBlockAllocator; take and put are lock-free, with bounded back-off.
// After a wait an attempt goes on with the head that it had. Under contention that is out of date,
// and the CAS fails once more, which costs less than it wins: a load would take the cache line
// away from a thread that is in the middle of its burst, only for the CAS to ask for it again.
#pragma once

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "detail/backoff.hpp"
#include "detail/blocks/indexed_block_allocator.hpp"
#include "detail/blocks/nonced_index.hpp"

namespace poolproof {

template <Backend B>
class CachedBlockAllocator;

// NonceBitsLimit: at most so many bits of nonce. For experiments with narrow ones; fewer than 32
// are not safe in production, and 0 is a plain Treiber stack with its ABA bug.
template <Backend B = StdBackend, unsigned NonceBitsLimit = 64>
class LocklessBlockAllocator final
    : public IndexedBlockAllocator<LocklessBlockAllocator<B, NonceBitsLimit>, B> {
  using Base = IndexedBlockAllocator<LocklessBlockAllocator, B>;
  friend Base;
  template <Backend>
  friend class CachedBlockAllocator;  // whose depot it is
  using Index = std::uint32_t;
  using Word = NoncedIndex::Word;
  static_assert(std::atomic<Word>::is_always_lock_free, "the head word must be lock-free");

 public:
  LocklessBlockAllocator() = default;
  // As init; valid() says whether it worked.
  LocklessBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                         std::size_t alignment) noexcept {
    static_cast<void>(this->init(buffer, buffer_size, block_size, alignment));
  }
  LocklessBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                         std::size_t blocks_per_chunk, std::size_t most_blocks = 0) noexcept {
    static_cast<void>(this->init(base, block_size, alignment, blocks_per_chunk, most_blocks));
  }
  ~LocklessBlockAllocator() override { this->deinit(); }

  // Bits of nonce: 64 less those that number the blocks; 40 and more for fewer than 2^24 blocks.
  unsigned nonce_bits() const noexcept { return layout_.nonce_bits(); }
  // Seconds until the nonce comes round at this rate of alloc_block, all threads together.
  double nonce_wrap_seconds(double allocs_per_second) const noexcept {
    return std::ldexp(1.0, static_cast<int>(nonce_bits())) / allocs_per_second;
  }

  // For tools that show the pool's variables: takes addresses only, and touches no shared variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("head", head_, layout_);
    this->store_.describe(visit, LinkLayout{this->store_.none(), 0});
  }

 private:
  static constexpr unsigned index_bits_limit = 32;

  Index take() noexcept {
    Word head = head_.load(std::memory_order_acquire);  // (1)
    for (Backoff<B> backoff;; backoff()) {
      const Index top = layout_.index(head);
      if (top == this->store_.none()) return top;
      const Index next = this->store_.link(top).load(std::memory_order_relaxed);  // (2)
      const Word seen = head;
      if (head_.compare_exchange_weak(head, layout_.popped(head, next), std::memory_order_acquire,
                                      std::memory_order_acquire)) {  // (3)
        return top;
      }
      if (layout_.differ_by_nonce(seen, head)) B::note(Event::aba_window);
    }
  }

  // As take, but sure: (8) reads the newest head there is, where (1) may read an older one.
  Index take_surely() noexcept {
    for (;;) {
      const Index index = take();
      if (index != this->store_.none()) return index;
      const Word newest = head_.fetch_add(0, std::memory_order_relaxed);  // (8)
      if (layout_.index(newest) == this->store_.none()) return index;
    }
  }

  void put(Index index) noexcept { push(index, index); }

  // Of blocks of the caller's that are linked from first to last.
  void push(Index first, Index last) noexcept {
    auto& link = this->store_.link(last);
    Word head = head_.load(std::memory_order_relaxed);  // (4)
    for (Backoff<B> backoff;; backoff()) {
      link.store(layout_.index(head), std::memory_order_release);  // (5)
      if (head_.compare_exchange_weak(head, layout_.pushed(head, first), std::memory_order_release,
                                      std::memory_order_relaxed)) {  // (6)
        return;
      }
    }
  }

  std::size_t take_many(std::span<void*> blocks) noexcept;
  void put_many(std::span<void* const> blocks) noexcept;

  void reset_list() noexcept {
    layout_ = NoncedIndex(this->store_.index_bits(), NonceBitsLimit);
    head_.store(layout_.empty(), std::memory_order_relaxed);  // (7)
  }

  // With the pool at rest, or as a hint.
  Index top() const noexcept {
    return layout_.index(head_.load(std::memory_order_relaxed));  // (7)
  }
  Index below(Index index) const noexcept {
    auto& store = const_cast<BlockStore<B>&>(this->store_);
    return store.link(index).load(std::memory_order_relaxed);  // (7)
  }
  std::size_t list_length() const noexcept {
    const std::size_t most = this->peak();  // after a double free the list has no end
    std::size_t length = 0;
    Index index = top();
    for (; index != this->store_.none() && length != most; index = below(index)) ++length;
    return length;
  }

  NoncedIndex layout_;
  alignas(64) typename B::template atomic<Word> head_{0};
};

}  // namespace poolproof

#include "detail/blocks/lockless_block_allocator_impl.hpp"
