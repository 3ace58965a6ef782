// LooseBlocks: the free blocks of a CachedBlockAllocator that are in no magazine, for threads that
// have no handle: a Treiber stack over the links of the pool's store, as LocklessBlockAllocator's.
//
// Why it is correct. State: top_ {index, nonce}; from its index the links lead through exactly the
// loose blocks. A block is in this list, or a magazine's, never in two: so each link has one
// writer.
//   (L1) load acquire of top_. Pairs with (L5): it sees the link of the top block, and all that
//        the last owner wrote into it. Each change of top_ is a read-modify-write and continues the
//        release sequences of the pushes before it.
//   (L2) load relaxed of the top's link: counts only if (L3) succeeds, and then nobody has popped
//        that block, so nobody has written its link, since (L1).
//   (L3) CAS of top_, the pop, which publishes nothing. Acquire on failure: the next attempt starts
//        from what it has read, as from (L1). Kept: where it succeeds relaxed would do, as (L1)
//        acquired already, but g++ 12 warns of a failure order above the success order.
//   (L4) load relaxed of top_, and store relaxed of links: (L5) confirms the one and publishes the
//        others. A stale reader of a link is caught by the nonce at (L3), or at the depot's (3).
//   (L5) CAS of top_, the push. Release: publishes (L4) and what the owners wrote to (L1). Relaxed
//        on failure: what it has read takes the place of (L4).
//   (L6) fetch_add of nothing to top_, relaxed: reads the newest value; only emptiness is read.
//   (L7) load and store relaxed: with the pool at rest.
// Progress: lock-free, with bounded back-off. ABA: as LocklessBlockAllocator, with a nonce of its
// own.
#pragma once

#include <atomic>
#include <cstdint>

#include "../backoff.hpp"
#include "block_store.hpp"
#include "nonced_index.hpp"

namespace poolproof {

template <Backend B>
class LooseBlocks {
  using Word = NoncedIndex::Word;

 public:
  using Index = std::uint32_t;

  explicit LooseBlocks(BlockStore<B>& store) noexcept : store_(store) {}

  // An empty list, for the store's index width. With the pool at rest.
  void reset() noexcept {
    layout_ = NoncedIndex(store_.index_bits());
    top_.store(layout_.empty(), std::memory_order_relaxed);  // (L7)
  }

  // The index of a block that is the caller's from now on; none() if an old or new state of the
  // list had none.
  Index take() noexcept {
    Word top = top_.load(std::memory_order_acquire);  // (L1)
    for (Backoff<B> backoff;; backoff()) {
      const Index index = layout_.index(top);
      if (index == store_.none()) return index;
      const Index next = store_.link(index).load(std::memory_order_relaxed);  // (L2)
      const Word seen = top;
      if (top_.compare_exchange_weak(top, layout_.popped(top, next), std::memory_order_acquire,
                                     std::memory_order_acquire)) {  // (L3)
        return index;
      }
      if (layout_.differ_by_nonce(seen, top)) B::note(Event::aba_window);
    }
  }

  // The same; none() only if the newest state had none.
  Index take_surely() noexcept {
    for (;;) {
      const Index index = take();
      if (index != store_.none()) return index;
      const Word newest = top_.fetch_add(0, std::memory_order_relaxed);  // (L6)
      if (layout_.index(newest) == store_.none()) return index;
    }
  }

  // below comes to lie under index, in a chain that is the caller's until it is put.
  void chain(Index index, Index below) noexcept {
    store_.link(index).store(below, std::memory_order_relaxed);  // (L4)
  }
  // A chain of the caller's, from first to last.
  void put(Index first, Index last) noexcept {
    Word top = top_.load(std::memory_order_relaxed);  // (L4)
    for (Backoff<B> backoff;; backoff()) {
      chain(last, layout_.index(top));
      if (top_.compare_exchange_weak(top, layout_.pushed(top, first), std::memory_order_release,
                                     std::memory_order_relaxed)) {  // (L5)
        return;
      }
    }
  }

  // With the pool at rest. At most as many as were ever carved: after a double free the list has no
  // end.
  std::size_t length() const noexcept {
    const std::size_t most = store_.carved();
    std::size_t length = 0;
    Index index = layout_.index(top_.load(std::memory_order_relaxed));  // (L7)
    for (; index != store_.none() && length != most; ++length) {
      index = store_.link(index).load(std::memory_order_relaxed);  // (L7)
    }
    return length;
  }

  // For tools: takes addresses only.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("loose", top_, layout_);
  }

 private:
  BlockStore<B>& store_;
  NoncedIndex layout_;
  alignas(64) typename B::template atomic<Word> top_{0};
};

}  // namespace poolproof
