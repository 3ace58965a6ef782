// BlockAllocator: blocks of one size, for one thread at a time, out of a buffer that it never
// leaves or out of chunks of a base. The fastest one here; take a thread-safe one to share it.
//
// Saturated, an alloc and a free are two pointer assignments each on an intrusive free list: the
// link lies in the free block itself. Fresh memory is carved lazily: blocks come out in address
// order at first, and a page is not touched before a block in it is handed out. Carving happens
// only while the free list is empty, so the number of blocks ever carved is the peak of use.
//
// Chunks have no header: each ends with one pointer, to another chunk. They go back to the base in
// deinit, and in shrink if none of their blocks is in use.
//
// State: free blocks = free list + [fresh, fresh_end). The variables are the backend's, so that a
// checker sees two threads that use this class without a lock; for StdBackend they are plain.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <new>

#include "detail/blocks/block_interface.hpp"
#include "detail/check.hpp"
#include "sizes.hpp"
#include "std_backend.hpp"

namespace poolproof {

template <Backend B>
class BasicBlockAllocator final : public BlockInterface<BasicBlockAllocator<B>> {
 public:
  BasicBlockAllocator() = default;
  // As init; valid() says whether it worked.
  BasicBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                      std::size_t blocks_per_chunk) noexcept {
    static_cast<void>(init(base, block_size, alignment, blocks_per_chunk));
  }
  BasicBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                      std::size_t alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment));
  }
  ~BasicBlockAllocator() override { deinit(); }

  // Grows by chunks of blocks_per_chunk blocks for as long as base gives; asks it first when the
  // first block is wanted. base is not owned and must outlive the chunks. The alignment in force is
  // at least alignof(void*), and the block size is rounded up to a multiple of it: see below.
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) noexcept;

  // Never leaves buffer, which is not owned; a misaligned one is used from its first aligned byte.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept;

  // Gives every chunk back to the base, once; all blocks are gone. Then alloc_block answers
  // nullptr, and init may be called again. Does nothing when not initialised.
  void deinit() noexcept;

  // Gives every chunk of which no block is in use back to the base, and says how many they were; 0
  // over a buffer. Sorts the free list: O(n log n) steps for n free blocks and chunks.
  std::size_t shrink() noexcept;

  bool valid() const noexcept { return block_size_ != 0; }

  // A block of block_size() bytes, or nullptr when there is none and the base refuses.
  [[nodiscard]] void* alloc_block() noexcept;
  // block: from alloc_block of this pool, not freed since.
  void free_block(void* block) noexcept;

  bool owns(const void* pointer) const noexcept override;

  std::size_t block_size() const noexcept { return block_size_; }  // bytes, as rounded up
  std::size_t alignment() const noexcept { return alignment_; }    // bytes, as raised
  // Blocks that the pool has memory for now: handed out, free or not yet carved.
  std::size_t capacity() const noexcept { return chunks_.get() * blocks_per_chunk_; }
  // The most blocks that were handed out at the same time since init.
  std::size_t peak() const noexcept { return most_carved_ < carved() ? carved() : most_carved_; }
  // Blocks handed out now. Walks the free list: costs one step for each block in it.
  std::size_t used() const noexcept { return carved() - free_list_length(); }

  // Bytes that hold count blocks wherever the buffer lies; size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    const std::size_t aligned = raised(alignment);
    return size_add(size_mul(count, align_up(block_size, aligned)), aligned - 1);
  }

  // For tools that show the variables: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("head", head_), visit("fresh", fresh_), visit("fresh_end", fresh_end_);
    visit("last", last_), visit("chunks", chunks_);
  }

 private:
  using Pointer = typename B::template var<void*>;

  static constexpr std::size_t raised(std::size_t alignment) noexcept {
    return alignment < alignof(void*) ? alignof(void*) : alignment;
  }
  static void* link(const void* block) noexcept {
    void* next;
    std::memcpy(&next, block, sizeof next);
    return next;
  }
  static void set_link(void* block, void* next) noexcept { std::memcpy(block, &next, sizeof next); }

  InitResult check_sizes(std::size_t block_size, std::size_t alignment, std::size_t count) const;
  void* alloc_fresh() noexcept;
  bool grow() noexcept;
  std::size_t blocks_bytes() const noexcept { return blocks_per_chunk_ * block_size_; }
  std::size_t fresh_blocks() const noexcept;
  std::size_t carved() const noexcept { return capacity() - fresh_blocks(); }
  std::size_t fresh_blocks_in(const void* chunk) const noexcept;
  void give_back(void* chunk) noexcept;
  bool ends() const noexcept;
  std::size_t free_list_length() const noexcept;

  Pointer head_;       // the free list
  Pointer fresh_;      // first block not yet carved
  Pointer fresh_end_;  // end of the chunk that is being carved
  Pointer last_;       // a chunk: its blocks, then (with a base) a pointer to the next
  typename B::template var<std::size_t> chunks_;
  Allocator* base_ = nullptr;
  std::size_t block_size_ = 0;
  std::size_t alignment_ = 0;
  std::size_t blocks_per_chunk_ = 0;
  std::size_t most_carved_ = 0;  // before the last shrink
};

using BlockAllocator = BasicBlockAllocator<StdBackend>;

template <Backend B>
InitResult BasicBlockAllocator<B>::check_sizes(std::size_t block_size, std::size_t alignment,
                                               std::size_t count) const {
  if (valid()) return InitError::already_initialised;
  if (block_size == 0 || count == 0) return InitError::zero_size;
  if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
  const std::size_t bytes = size_mul(count, align_up(block_size, raised(alignment)));
  if (bytes >= size_overflow - sizeof(void*)) return InitError::overflow;
  return {};
}

template <Backend B>
InitResult BasicBlockAllocator<B>::init(Allocator& base, std::size_t block_size,
                                        std::size_t alignment,
                                        std::size_t blocks_per_chunk) noexcept {
  if (const InitResult result = check_sizes(block_size, alignment, blocks_per_chunk); !result) {
    return result;
  }
  base_ = &base;
  alignment_ = raised(alignment);
  block_size_ = align_up(block_size, alignment_);
  blocks_per_chunk_ = blocks_per_chunk;
  return {};
}

template <Backend B>
InitResult BasicBlockAllocator<B>::init(void* buffer, std::size_t buffer_size,
                                        std::size_t block_size, std::size_t alignment) noexcept {
  if (const InitResult result = check_sizes(block_size, alignment, 1); !result) return result;
  if (buffer == nullptr) return InitError::null_buffer;
  const std::size_t skip = bytes_to_alignment(buffer, raised(alignment));
  const std::size_t size = align_up(block_size, raised(alignment));
  if (buffer_size < skip || buffer_size - skip < size) {
    const std::size_t minimum = buffer_bytes(1, block_size, alignment);
    if (minimum == size_overflow) return InitError::overflow;
    return {InitError::buffer_too_small, minimum};
  }
  alignment_ = raised(alignment);
  block_size_ = size;
  blocks_per_chunk_ = (buffer_size - skip) / size;
  std::byte* first = static_cast<std::byte*>(buffer) + skip;
  last_.set(first);
  fresh_.set(first);
  fresh_end_.set(first + blocks_bytes());
  chunks_.set(1);
  return {};
}

template <Backend B>
void BasicBlockAllocator<B>::deinit() noexcept {
  if (base_ != nullptr) {
    for (void* chunk = last_.get(); chunk != nullptr;) {
      void* before = link(static_cast<std::byte*>(chunk) + blocks_bytes());
      base_->free(chunk);
      chunk = before;
    }
  }
  head_.set(nullptr);
  fresh_.set(nullptr);
  fresh_end_.set(nullptr);
  last_.set(nullptr);
  chunks_.set(0);
  base_ = nullptr;
  block_size_ = alignment_ = blocks_per_chunk_ = most_carved_ = 0;
}

template <Backend B>
inline void* BasicBlockAllocator<B>::alloc_block() noexcept {
  void* block = head_.get();
  if (block == nullptr) [[unlikely]]
    return alloc_fresh();
  head_.set(link(block));
  return block;
}

template <Backend B>
inline void BasicBlockAllocator<B>::free_block(void* block) noexcept {
  check(valid(), "free_block on a pool that is not initialised");
  if constexpr (debug_checks) check(owns(block), "free_block: not from this pool");
  set_link(block, head_.get());
  head_.set(block);
}

template <Backend B>
void* BasicBlockAllocator<B>::alloc_fresh() noexcept {
  if (fresh_.get() == fresh_end_.get() && !grow()) return nullptr;
  void* block = fresh_.get();
  fresh_.set(static_cast<std::byte*>(block) + block_size_);
  return block;
}

template <Backend B>
bool BasicBlockAllocator<B>::grow() noexcept {
  if (base_ == nullptr) return false;
  // block_size_ is a multiple of alignof(void*), so the pointer behind the blocks is aligned.
  void* chunk = base_->alloc_aligned(blocks_bytes() + sizeof(void*), alignment_);
  if (chunk == nullptr) return false;
  std::byte* end = static_cast<std::byte*>(chunk) + blocks_bytes();
  set_link(end, last_.get());
  last_.set(chunk);
  fresh_.set(chunk);
  fresh_end_.set(end);
  chunks_.set(chunks_.get() + 1);
  B::note(Event::grow);
  return true;
}

template <Backend B>
bool BasicBlockAllocator<B>::owns(const void* pointer) const noexcept {
  for (const void* chunk = last_.get(); chunk != nullptr;) {
    if (address(pointer) - address(chunk) < blocks_bytes()) return true;
    if (base_ == nullptr) break;
    chunk = link(static_cast<const std::byte*>(chunk) + blocks_bytes());
  }
  return false;
}

template <Backend B>
std::size_t BasicBlockAllocator<B>::fresh_blocks() const noexcept {
  return valid() ? (address(fresh_end_.get()) - address(fresh_.get())) / block_size_ : 0;
}

template <Backend B>
std::size_t BasicBlockAllocator<B>::free_list_length() const noexcept {
  const std::size_t most = carved();  // after a double free the list has no end
  std::size_t length = 0;
  for (const void* block = head_.get(); block != nullptr && length != most; block = link(block)) {
    ++length;
  }
  return length;
}

}  // namespace poolproof

#include "detail/blocks/block_allocator_shrink.hpp"
