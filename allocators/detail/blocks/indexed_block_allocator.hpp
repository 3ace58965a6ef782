// IndexedBlockAllocator: what the lock-free pools have in common: a BlockStore, and the order in
// which a block is looked for. Derived is the free list itself:
//   Index take()            an index off the free list, or none()
//   Index take_surely()     the same, and none() only if the list had no block that was free for
//                           the whole call; take may look at an older state
//   void put(Index)         an index back onto it
//   std::size_t take_many(std::span<void*>)       blocks off the free list, by one operation on it;
//                           0 if take would have answered none()
//   void put_many(std::span<void* const>)         at least one block, by one operation on the list
//   void reset_list()       an empty list, for the store's index width
//   std::size_t list_length() const        with the pool at rest
//   static constexpr unsigned index_bits_limit
//
// alloc_block: the free list, then fresh blocks, then (with a base) a new chunk. Fresh blocks run
// out for good unless the pool grows. So the free list is asked once more after that, surely, and
// an alloc never fails while a block is free for the whole call.
//
// There is no shrink. A take that was stopped may yet read the link of any block that was ever on
// top of the list, so a chunk may go only when nobody is inside, and for nobody to be inside is
// what deinit asks for.
//
// Progress. Over a buffer: alloc_block and free_block are lock-free. Over a base: free_block is
// lock-free, and so is alloc_block while list and fresh blocks do not run dry under it; one that
// finds the pool dry takes a mutex, looks again, and asks the base, while others that run dry wait
// for it and then use its chunk: so they never both take one. A base that has refused is asked
// again by the next alloc_block that runs dry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "block_interface.hpp"
#include "block_store.hpp"

namespace poolproof {

template <class Derived, Backend B>
class IndexedBlockAllocator : public BlockInterface<Derived> {
 public:
  // Never leaves buffer, which is not owned; a misaligned one is used from its first aligned byte.
  // block_size in bytes, rounded up to a multiple of alignment, a power of two. The links lie in
  // the buffer too: buffer_bytes says how much n blocks take. init and deinit are for one thread,
  // with nobody else inside.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    const InitResult result =
        store_.init(buffer, buffer_size, block_size, alignment, Derived::index_bits_limit);
    if (result) self().reset_list();
    return result;
  }

  // Grows by chunks of blocks_per_chunk blocks for as long as base gives, or to most_blocks,
  // rounded up to whole chunks (0: as many as 24 bits can number). Asks base first when the first
  // block is wanted; base is not owned, must outlive the chunks, and is asked by one thread at a
  // time. A chunk takes its blocks, aligned as they are, and 4 bytes for the link of each; chunks
  // 1, 2, 4, 8 and so on take 24 times their number of bytes more, by which chunks are found: for
  // each chunk 48 bytes at most. A blocks_per_chunk that is no power of two leaves indices unused;
  // below 2^24 blocks that is an error, too_many_blocks, before it costs the index a 25th bit.
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk, std::size_t most_blocks = 0) noexcept {
    const InitResult result = store_.init(base, block_size, alignment, blocks_per_chunk,
                                          most_blocks, Derived::index_bits_limit);
    if (result) self().reset_list();
    return result;
  }

  // Gives every chunk back, once; all blocks are gone. Then alloc_block answers nullptr, and init
  // may be called again. Does nothing when not initialised.
  void deinit() noexcept {
    store_.deinit();
    self().reset_list();
  }

  bool valid() const noexcept { return store_.valid(); }

  // A block of block_size() bytes, or nullptr. Any number of threads.
  [[nodiscard]] void* alloc_block() noexcept {
    std::uint32_t index = self().take();
    if (index == store_.none()) [[unlikely]] {
      index = alloc_fresh();
      if (index == store_.none()) return nullptr;
    }
    return store_.block(index);
  }

  // block: from alloc_block of this pool, not freed since. Any number of threads.
  void free_block(void* block) noexcept { self().put(store_.index_of(block)); }

  // As many blocks as there is room for, and how many they are: fewer only where alloc_block would
  // have answered nullptr for the next. What lies in the free list costs one operation on it, not
  // one for each block. Any number of threads; progress as alloc_block, and one step a block.
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) noexcept {
    std::size_t count = 0;
    while (count != blocks.size()) {
      if (const std::size_t more = self().take_many(blocks.subspan(count)); more != 0) {
        count += more;
        continue;
      }
      const Index index = alloc_fresh();
      if (index == store_.none()) break;
      blocks[count++] = store_.block(index);
    }
    return count;
  }
  // blocks: each as for free_block, and none twice. One operation on the free list.
  void free_many(std::span<void* const> blocks) noexcept {
    if (!blocks.empty()) self().put_many(blocks);
  }

  // With a base: takes the growth mutex, and one step for each chunk.
  bool owns(const void* pointer) const noexcept override { return store_.owns(pointer); }

  std::size_t block_size() const noexcept { return store_.geometry().block_size; }
  std::size_t alignment() const noexcept { return store_.geometry().alignment; }
  // Blocks that the pool has memory for now.
  std::size_t capacity() const noexcept { return store_.capacity(); }
  // Blocks that were ever handed out: the peak of use, and above it only by allocs that raced.
  std::size_t peak() const noexcept { return store_.carved(); }
  // Blocks handed out now. For a pool at rest; one step for each free block.
  std::size_t used() const noexcept { return peak() - self().list_length(); }

  // Bytes that hold count blocks wherever the buffer lies; size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return size_add(BlockStore<B>::layout(block_size, alignment, count).chunk_bytes,
                    BlockStore<B>::chunk_alignment(alignment) - 1);
  }

 protected:
  IndexedBlockAllocator() = default;
  ~IndexedBlockAllocator() override = default;  // Derived calls deinit

  BlockStore<B> store_;

 private:
  using Index = std::uint32_t;

  Derived& self() noexcept { return static_cast<Derived&>(*this); }
  const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }

  [[gnu::noinline]] Index alloc_fresh() noexcept {
    if (const Index index = store_.carve(); index != store_.none()) return index;
    if (!store_.grows()) return self().take_surely();
    const std::lock_guard lock(store_.growth());
    if (const Index index = self().take(); index != store_.none()) return index;
    if (const Index index = store_.carve(); index != store_.none()) return index;
    if (const Index index = store_.grow(); index != store_.none()) return index;
    return self().take_surely();
  }
};

}  // namespace poolproof
