// DeferredBlockAllocator: several blocks by one operation on the lists, and what only observers
// ask.
#pragma once

#include "../../deferred_block_allocator.hpp"

namespace poolproof {

// As take, but for all that the list has, up to as much as there is room for. A claim in limbo is
// for one block.
template <Backend B, bool WaitForPoppers>
std::size_t DeferredBlockAllocator<B, WaitForPoppers>::take_many(std::span<void*> blocks) noexcept {
  const Index none = this->store_.none();
  const auto one_more = [&](Index index) -> std::size_t {
    if (index == none) return 0;
    blocks[0] = this->store_.block(index);
    return 1;
  };
  const Word one = layout_.one_popper();
  Word word = word_.fetch_add(one, std::memory_order_acquire) + one;                    // (1)
  for (Backoff<B> backoff;; backoff(), word = word_.load(std::memory_order_acquire)) {  // (1)
    const Index active = layout_.active(word);
    const Index limbo = layout_.limbo(word);
    const Word others = layout_.poppers(word) - 1;
    if (active == none && (limbo == none || (others != 0 && WaitForPoppers))) break;
    const Index top = active != none ? active : limbo;
    const Word seen = word;
    Index below = top;
    std::size_t removed = 0;
    while (removed != blocks.size() && below != none && word == seen) {
      below = next(this->store_.link(below).load(std::memory_order_acquire));  // (14)
      word = word_.load(std::memory_order_relaxed);                            // (14)
      ++removed;
    }
    const Word left = layout_.make(below, active != none ? limbo : none, others);
    if (word != seen || !word_.compare_exchange_weak(word, left, std::memory_order_acq_rel,
                                                     std::memory_order_relaxed)) {  // (4)
      continue;
    }
    if (active == none) B::note(Event::recycle);
    std::size_t count = 0;
    for (Index index = top; removed != 0; --removed) {
      const Index after = next(this->store_.link(index).load(std::memory_order_relaxed));  // (2)
      if (is_free(index)) blocks[count++] = this->store_.block(index);
      index = after;
    }
    return count != 0 ? count : one_more(take());
  }
  return one_more(take_registered(word));  // perhaps there is a block in limbo, where it lies
}

template <Backend B, bool WaitForPoppers>
void DeferredBlockAllocator<B, WaitForPoppers>::put_many(std::span<void* const> blocks) noexcept {
  const Index none = this->store_.none();
  Index first = none;
  Index last = none;
  for (void* block : blocks) {
    const Index index = this->store_.index_of(block);
    if (free_in_place(index)) continue;
    if (first == none) {
      first = index;
    } else {
      this->store_.link(last).store(link_to(index), std::memory_order_release);  // (11)
    }
    last = index;
  }
  if (first != none) push(first, last);
}

template <Backend B, bool WaitForPoppers>
std::size_t DeferredBlockAllocator<B, WaitForPoppers>::free_blocks(Index from) const noexcept {
  auto& store = const_cast<BlockStore<B>&>(this->store_);
  std::size_t count = 0;
  std::size_t left = this->peak();  // after a double free the list has no end
  for (Index index = from; index != store.none() && left != 0; --left) {
    const std::uint32_t link = store.link(index).load(std::memory_order_relaxed);  // (10)
    if (!claimed(link)) ++count;
    index = next(link);
  }
  return count;
}

}  // namespace poolproof
