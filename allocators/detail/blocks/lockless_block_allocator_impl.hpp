// LocklessBlockAllocator: several blocks by one operation on the list.
#pragma once

#include "../../lockless_block_allocator.hpp"

namespace poolproof {

// The top of the list, as much as there is room for, by one pop.
template <Backend B, unsigned NonceBitsLimit>
std::size_t LocklessBlockAllocator<B, NonceBitsLimit>::take_many(std::span<void*> blocks) noexcept {
  const Index none = this->store_.none();
  for (Backoff<B> backoff;; backoff()) {
    Word head = head_.load(std::memory_order_acquire);  // (1)
    const Word seen = head;
    Index below = layout_.index(head);
    if (below == none) return 0;
    std::size_t count = 0;
    while (count != blocks.size() && below != none && head == seen) {
      blocks[count++] = this->store_.block(below);
      below = this->store_.link(below).load(std::memory_order_acquire);  // (9)
      head = head_.load(std::memory_order_relaxed);                      // (9)
    }
    if (head == seen &&
        head_.compare_exchange_weak(head, layout_.popped(head, below), std::memory_order_relaxed,
                                    std::memory_order_relaxed)) {  // (3)
      return count;
    }
    if (layout_.differ_by_nonce(seen, head)) B::note(Event::aba_window);
  }
}

// All of them by one push; the first comes to lie on top.
template <Backend B, unsigned NonceBitsLimit>
void LocklessBlockAllocator<B, NonceBitsLimit>::put_many(std::span<void* const> blocks) noexcept {
  const Index first = this->store_.index_of(blocks.front());
  Index last = first;
  for (void* block : blocks.subspan(1)) {
    const Index index = this->store_.index_of(block);
    this->store_.link(last).store(index, std::memory_order_release);  // (5)
    last = index;
  }
  push(first, last);
}

}  // namespace poolproof
