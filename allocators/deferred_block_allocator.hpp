// DeferredBlockAllocator: a lock-free pool without a nonce, for any number of threads. Freed blocks
// go to a second list, limbo, and come back only when no thread can be looking at them.
// Use it where a nonce that could ever wrap is not acceptable: nothing here counts up. Not for the
// last nanosecond: an alloc takes two read-modify-writes, where the lockless pool takes one.
//
// Why it is correct. State: word_ {active, limbo, poppers}, one 64-bit word: the tops of two lists
// of blocks, and how many threads are inside take. And one link for each block: {next, claim bit}.
// Every free block is in one of the lists, or has never been carved (BlockStore).
// Invariants, while at least one popper is registered:
//   I1  the active list only shrinks, from its top;
//   I2  limbo only grows, at its top.
// For only a splice breaks them (limbo becomes the active list), and the CAS of a splice succeeds
// only where the splicer itself is the one popper, and the active list is empty. So:
//   Pop. A popper that reads {active = x} and then x's link has a valid link if its CAS still finds
//   x: under I1 a block that left the active list cannot come back to it while the popper stays
//   registered. That is the whole cure of ABA. (The naive pool splices as soon as the active list
//   is empty: then x can be popped, freed, spliced and be on top again, with another link.)
//   Splice. Limbo's top x and its next stay as they are under I2, so the splicer takes x for itself
//   in the same CAS. Not so x's claim bit: a popper may have come, claimed x and left, and word_ is
//   what it was. So the bit is looked at after the CAS, when no claimer can be left.
//   Claim. If the active list is empty and others are registered, perhaps stopped for good, nobody
//   may splice. Then a popper walks limbo, which stands still under I2 from the top it read, and
//   takes a free block where it lies, by setting its claim bit. The block stays in the list. Its
//   owner frees it by clearing the bit; whoever pops it meanwhile clears the bit too and drops it
//   out of the list. The bit is cleared once, by one of the two: if the owner was first, the popper
//   has a free block; if the popper was first, the owner pushes the block when it frees it.
//   No bit is set once a list is active: claimers are registered, and I2 ends with the last one.
//
// Nothing is lost: a block leaves a list only to its new owner, or to the owner that claimed it.
// An alloc fails only after, in one call, the active list was empty and every block of limbo had an
// owner when looked at, and no fresh block was left; so never while a block is free for the whole
// call, but for one block for each thread that is inside take at that time. Garbage, free blocks
// that no alloc can have: none. Only order suffers: a block freed now is handed out after the
// active list. A thread that is stopped inside take keeps at most one block from the others, and
// makes their allocs walk limbo, at most capacity() steps. Progress: take and put are lock-free.
// Registered poppers: at most 2^16 at a time.
//
//   (1) fetch_add acquire of word_: registers, and reads the tops; a load acquire of it does for a
//       popper that is registered. Pairs with (8): it sees the links of both lists, and what the
//       last owner wrote. Pairs with (4), (5), (7): what a popper that left has read and claimed
//       comes before what a splicer does next. Every change of word_ is a read-modify-write, so
//       whatever value (1) reads continues the release sequences of all before it.
//   (2) load relaxed of the top's link, for next: made visible by (1). Again, in take_many, of the
//       links of blocks that are the caller's own by now.
//   (3) load acquire of the link of a removed block, then if need be a CAS that clears its claim
//       bit. The bit can only be cleared by now. Acquire, also on failure: the block was freed in
//       place, pairs with (9). Kept: where the CAS succeeds the block is somebody else's, and
//       relaxed would do, but g++ 12 warns of a failure order above the success order.
//   (4) CAS of word_: pop or splice, and leave. Acquire: a claim that came between (1) and a splice
//       is seen by (3), pairs with (7). Release: (2) comes before whatever a later splicer allows,
//       so it cannot read a link that is stored after that. Relaxed on failure: starts again at
//       (1). Kept: acquire alone would let a load be delayed past a store that follows it (load
//       buffering), which the C++ model allows and Relacy does not show, so that the release rests
//       on the argument alone.
//   (5) CAS of word_: leave empty-handed. Release as in (4), for the walk through limbo; nothing
//       was taken, so nothing is acquired. As a read-modify-write it also confirms that word was
//       the newest. Relaxed on failure: starts again at (1). Kept: load buffering, as in (4).
//   (6) CAS of a link, the claim. Acquire: the last owner's writes, pairs with (9); for a block
//       that was pushed, (1) acquired them. Relaxed on failure: somebody else has it.
//   (7) fetch_sub release of word_: leave with a claimed block; publishes (6) to the next
//       splicer's (1) or (4).
//   (8) CAS of word_, the push. Release: publishes the link and the owner's writes to (1). Relaxed
//       on failure: it starts again at (10).
//   (9) CAS of a claimed link, the free in place. Release: publishes the owner's writes to (3) and
//       (6). Relaxed on failure: a popper dropped the block out of the list, and it is pushed.
//  (10) loads relaxed: of the link of one's own block (nobody else sets its bit), of links on the
//       walk (published to (1)), of word_ before a push (confirmed by (8)); and stores and loads
//       relaxed with the pool at rest.
//  (11) store release of the link before a push: published by (8). Release: for (14), to which it
//       publishes that the block was popped. Kept: as (14).
//  (12) fetch_add relaxed of word_: registers again; (1) follows and reads this or a newer value.
//  (13) fetch_add of nothing to a link on the second walk, relaxed: a read-modify-write reads the
//       newest value, so a block that is free for the whole call is found. (6) acquires.
//  (14) load acquire of a link, and load relaxed of word_, in take_many, which goes on to the link
//       of the next block before (4) has confirmed anything. If the block has left the list, its
//       link leads to blocks, and chunks, that this thread may not have seen. So word_ must still
//       be what (1) read. Pairs with (11): if the link is newer than (1), then the pop that came
//       before it is visible, and under I1 the top is another one. Relaxed: coherence is enough.
//       Kept: the lockless pool has the same pair, and there a search shows it; here a block must
//       first come into the active list, and without (14) it takes two million executions to fail.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "detail/backoff.hpp"
#include "detail/blocks/indexed_block_allocator.hpp"
#include "detail/blocks/two_list_word.hpp"

namespace poolproof {

// WaitForPoppers: false is the naive pool that splices whoever else is registered: an ABA bug, kept
// as a specimen for the checkers.
template <Backend B = StdBackend, bool WaitForPoppers = true>
class DeferredBlockAllocator final
    : public IndexedBlockAllocator<DeferredBlockAllocator<B, WaitForPoppers>, B> {
  using Base = IndexedBlockAllocator<DeferredBlockAllocator, B>;
  friend Base;
  using Index = std::uint32_t;
  using Word = TwoListWord::Word;
  static_assert(std::atomic<Word>::is_always_lock_free, "the word must be lock-free");

 public:
  DeferredBlockAllocator() = default;
  // As init; valid() says whether it worked. At most 2^24 - 1 blocks.
  DeferredBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                         std::size_t alignment) noexcept {
    static_cast<void>(this->init(buffer, buffer_size, block_size, alignment));
  }
  DeferredBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                         std::size_t blocks_per_chunk, std::size_t most_blocks = 0) noexcept {
    static_cast<void>(this->init(base, block_size, alignment, blocks_per_chunk, most_blocks));
  }
  ~DeferredBlockAllocator() override { this->deinit(); }

  // For tools that show the pool's variables: takes addresses only, and touches no shared variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("word", word_, layout_);
    this->store_.describe(visit, LinkLayout{this->store_.none(), 1});
  }

 private:
  static constexpr unsigned index_bits_limit = 24;
  static constexpr std::uint32_t claim_bit = 1;

  static constexpr bool claimed(std::uint32_t link) noexcept { return (link & claim_bit) != 0; }
  static constexpr Index next(std::uint32_t link) noexcept { return link >> 1; }
  static constexpr std::uint32_t link_to(Index index) noexcept { return index << 1; }

  Index take() noexcept;
  Index take_registered(Word word) noexcept;
  Index take_surely() noexcept { return take(); }
  void put(Index index) noexcept;
  std::size_t take_many(std::span<void*> blocks) noexcept;
  void put_many(std::span<void* const> blocks) noexcept;
  bool free_in_place(Index index) noexcept;
  void push(Index first, Index last) noexcept;
  bool is_free(Index removed) noexcept;
  enum class Look { quick, newest };
  Index claim(Index from, Look look) noexcept;

  void reset_list() noexcept {
    layout_ = TwoListWord(this->store_.index_bits());
    word_.store(layout_.empty(), std::memory_order_relaxed);  // (10)
  }
  std::size_t list_length() const noexcept {
    const Word word = word_.load(std::memory_order_relaxed);  // (10)
    return std::min(this->peak(),
                    free_blocks(layout_.active(word)) + free_blocks(layout_.limbo(word)));
  }
  std::size_t free_blocks(Index from) const noexcept;

  TwoListWord layout_;
  alignas(64) typename B::template atomic<Word> word_{0};
};

template <Backend B, bool WaitForPoppers>
inline auto DeferredBlockAllocator<B, WaitForPoppers>::take() noexcept -> Index {
  const Word one = layout_.one_popper();
  return take_registered(word_.fetch_add(one, std::memory_order_acquire) + one);  // (1)
}

// word: as (1) has read it.
template <Backend B, bool WaitForPoppers>
auto DeferredBlockAllocator<B, WaitForPoppers>::take_registered(Word word) noexcept -> Index {
  const Index none = this->store_.none();
  const Word one = layout_.one_popper();
  for (Backoff<B> backoff;; backoff(), word = word_.load(std::memory_order_acquire)) {  // (1)
    const Index active = layout_.active(word);
    const Index limbo = layout_.limbo(word);
    const Word others = layout_.poppers(word) - 1;
    if (active != none || (limbo != none && (others == 0 || !WaitForPoppers))) {
      const Index top = active != none ? active : limbo;
      const Index below = next(this->store_.link(top).load(std::memory_order_relaxed));  // (2)
      const Word left = layout_.make(below, active != none ? limbo : none, others);
      if (!word_.compare_exchange_weak(word, left, std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {  // (4)
        continue;
      }
      if (active == none) B::note(Event::recycle);
      if (is_free(top)) return top;
      word_.fetch_add(one, std::memory_order_relaxed);  // (12)
      continue;
    }
    if (limbo != none) {
      B::note(Event::aba_window);
      Index index = claim(limbo, Look::quick);
      if (index == none) index = claim(limbo, Look::newest);
      if (index != none) {
        word_.fetch_sub(one, std::memory_order_release);  // (7)
        B::note(Event::claim);
        return index;
      }
    }
    // Both lists are used up, as far as word tells; so they are if it is still the same.
    if (word_.compare_exchange_strong(word, word - one, std::memory_order_release,
                                      std::memory_order_relaxed)) {  // (5)
      return none;
    }
  }
}

template <Backend B, bool WaitForPoppers>
void DeferredBlockAllocator<B, WaitForPoppers>::put(Index index) noexcept {
  if (!free_in_place(index)) push(index, index);
}

// Of a block of the caller's: if it still lies in limbo, it is free again as soon as its claim bit
// is cleared. False: it is in no list.
template <Backend B, bool WaitForPoppers>
inline bool DeferredBlockAllocator<B, WaitForPoppers>::free_in_place(Index index) noexcept {
  auto& link = this->store_.link(index);
  std::uint32_t mine = link.load(std::memory_order_relaxed);  // (10)
  return claimed(mine) &&
         link.compare_exchange_strong(mine, mine & ~claim_bit, std::memory_order_release,
                                      std::memory_order_relaxed);  // (9)
}

// Of blocks of the caller's that are linked from first to last.
template <Backend B, bool WaitForPoppers>
inline void DeferredBlockAllocator<B, WaitForPoppers>::push(Index first, Index last) noexcept {
  auto& link = this->store_.link(last);
  for (Backoff<B> backoff;; backoff()) {
    Word word = word_.load(std::memory_order_relaxed);                    // (10)
    link.store(link_to(layout_.limbo(word)), std::memory_order_release);  // (11)
    const Word pushed = layout_.make(layout_.active(word), first, layout_.poppers(word));
    if (word_.compare_exchange_weak(word, pushed, std::memory_order_release,
                                    std::memory_order_relaxed)) {  // (8)
      return;
    }
  }
}

// Of a block that this thread removed from its list: is it free, or has its claimer kept it?
template <Backend B, bool WaitForPoppers>
inline bool DeferredBlockAllocator<B, WaitForPoppers>::is_free(Index removed) noexcept {
  auto& link = this->store_.link(removed);
  std::uint32_t seen = link.load(std::memory_order_acquire);  // (3)
  return !claimed(seen) ||
         !link.compare_exchange_strong(seen, seen & ~claim_bit, std::memory_order_acquire,
                                       std::memory_order_acquire);  // (3)
}

template <Backend B, bool WaitForPoppers>
auto DeferredBlockAllocator<B, WaitForPoppers>::claim(Index from, Look look) noexcept -> Index {
  for (Index index = from; index != this->store_.none();) {
    auto& link = this->store_.link(index);
    std::uint32_t seen = look == Look::quick
                             ? link.load(std::memory_order_relaxed)           // (10)
                             : link.fetch_add(0, std::memory_order_relaxed);  // (13)
    if (!claimed(seen) &&
        link.compare_exchange_strong(seen, seen | claim_bit, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {  // (6)
      return index;
    }
    index = next(seen);
  }
  return this->store_.none();
}

}  // namespace poolproof

#include "detail/blocks/deferred_block_allocator_impl.hpp"
