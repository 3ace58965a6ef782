// BasicBlockAllocator::shrink: gives back the chunks of which no block is in use. Included by
// block_allocator.hpp.
//
// A chunk has no count of its free blocks, and there is no memory to count in. So the free list and
// the list of chunks are both sorted by address; then the free blocks of a chunk follow one
// another, and one walk over both lists sees which chunks have all of theirs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "../../block_allocator.hpp"

namespace poolproof {

// A list that links lie in, offset bytes behind the address of each element, sorted by address.
// Merge sort, from the shortest runs on: O(n log n) steps, and no memory but the links.
class LinkedByAddress {
 public:
  explicit LinkedByAddress(std::size_t link_offset) noexcept : offset_(link_offset) {}

  void* next(const void* element) const noexcept {
    void* next;
    std::memcpy(&next, static_cast<const std::byte*>(element) + offset_, sizeof next);
    return next;
  }
  void set_next(void* element, void* next) const noexcept {
    std::memcpy(static_cast<std::byte*>(element) + offset_, &next, sizeof next);
  }

  // Hangs a list, from its first element to its last, behind another, which may be empty.
  void append(void*& first, void*& last, void* more, void* more_last) const noexcept {
    if (first == nullptr) {
      first = more;
    } else {
      set_next(last, more);
    }
    last = more_last;
  }

  void* sorted(void* first) const noexcept {
    std::array<void*, 64> runs{};  // run n: none, or 2^n elements, sorted
    while (first != nullptr) {
      void* run = first;
      first = next(first);
      set_next(run, nullptr);
      std::size_t n = 0;
      for (; runs[n] != nullptr; ++n) {
        run = merged(runs[n], run);
        runs[n] = nullptr;
      }
      runs[n] = run;
    }
    void* all = nullptr;
    for (void* run : runs) all = merged(all, run);
    return all;
  }

 private:
  void* merged(void* one, void* other) const noexcept {
    void* first = nullptr;
    void* last = nullptr;
    while (one != nullptr && other != nullptr) {
      void*& lower = address(one) < address(other) ? one : other;
      void* const element = lower;
      lower = next(element);
      append(first, last, element, element);
    }
    if (void* const rest = one != nullptr ? one : other; rest != nullptr) {
      append(first, last, rest, rest);
    }
    return first;
  }

  std::size_t offset_;
};

template <Backend B>
std::size_t BasicBlockAllocator<B>::shrink() noexcept {
  if (base_ == nullptr || last_.get() == nullptr) return 0;
  check(ends(), "shrink: the free list has no end, so a block was freed twice");
  most_carved_ = peak();
  const LinkedByAddress by_block(0);
  const LinkedByAddress by_chunk(blocks_bytes());
  void* block = by_block.sorted(head_.get());
  void* kept_block = nullptr;  // the lists of what stays, and their ends
  void* last_block = nullptr;
  void* kept_chunk = nullptr;
  void* last_chunk = nullptr;
  std::size_t given_back = 0;
  for (void* chunk = by_chunk.sorted(last_.get()); chunk != nullptr;) {
    void* const here = chunk;
    chunk = by_chunk.next(here);
    void* const first = block;
    void* last = nullptr;
    std::size_t free = fresh_blocks_in(here);
    for (; block != nullptr && address(block) - address(here) < blocks_bytes(); ++free) {
      last = block;
      block = by_block.next(block);
    }
    if (free == blocks_per_chunk_) {
      give_back(here);
      ++given_back;
    } else {
      by_chunk.append(kept_chunk, last_chunk, here, here);
      if (last != nullptr) by_block.append(kept_block, last_block, first, last);
    }
  }
  if (last_block != nullptr) by_block.set_next(last_block, nullptr);
  if (last_chunk != nullptr) by_chunk.set_next(last_chunk, nullptr);
  head_.set(kept_block);
  last_.set(kept_chunk);
  chunks_.set(chunks_.get() - given_back);
  return given_back;
}

// Blocks not yet carved, if it is this chunk that is being carved.
template <Backend B>
std::size_t BasicBlockAllocator<B>::fresh_blocks_in(const void* chunk) const noexcept {
  return address(fresh_end_.get()) == address(chunk) + blocks_bytes() ? fresh_blocks() : 0;
}

template <Backend B>
void BasicBlockAllocator<B>::give_back(void* chunk) noexcept {
  if (address(fresh_end_.get()) == address(chunk) + blocks_bytes()) {
    fresh_.set(nullptr);
    fresh_end_.set(nullptr);
  }
  base_->free(chunk);
}

// Does the free list end after at most as many blocks as there are?
template <Backend B>
bool BasicBlockAllocator<B>::ends() const noexcept {
  const void* block = head_.get();
  for (std::size_t left = carved(); block != nullptr && left != 0; --left) block = link(block);
  return block == nullptr;
}

}  // namespace poolproof
