// BitmapBlockAllocator: a lock-free pool without links, for any number of threads, and of processes
// if its buffer lies in memory that they share. A bit for each block says whether it is free.
// Use it where a double free must be found in production, where processes share the pool, or where
// threads meet often. Not where the pool must grow (it never leaves its buffer), nor where each
// thread keeps blocks to itself (CachedBlockAllocator: no atomic operation at all).
//
//   BitmapBlockAllocator<> pool(buffer, sizeof buffer, 64, 16);
//   void* block = pool.alloc_block();
//   pool.free_block(block);
//
// Shared memory. All that the pool knows lies in the buffer, without a pointer in it: one process
// calls init, and others, once that has returned, call attach, wherever they have the memory
// mapped. What a process that dies holds stays in use: SharedBlockAllocator knows whose each block
// is.
//
// Why it is correct: see detail/blocks/block_bits.hpp, with the numbered operations. No ABA, no
// nonce, no limbo: nothing is followed from block to block.
// Progress: alloc_block and free_block are lock-free. Failure: nullptr only if, at some moment of
// the call, all blocks were in use. A double free, and a pointer that is no block's, stop the
// program, in release too.
// Memory beside the blocks: 64 bytes for each 32 blocks, 64 for each 256, and 128 to 256 for the
// pool.
#pragma once

#include <cstddef>
#include <cstdint>

#include "detail/blocks/block_bits.hpp"
#include "detail/blocks/block_interface.hpp"
#include "detail/blocks/slot_store.hpp"
#include "detail/lane.hpp"
#include "std_backend.hpp"

namespace poolproof {

// BlocksPerWord: fewer than 32 are for experiments, in which a few blocks make many words.
template <Backend B = StdBackend, unsigned BlocksPerWord = 32>
class BitmapBlockAllocator final : public BlockInterface<BitmapBlockAllocator<B, BlocksPerWord>> {
  using Store = SlotStore<BlockBits<B, BlocksPerWord>>;

 public:
  BitmapBlockAllocator() = default;
  // As init; valid() says whether it worked.
  BitmapBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                       std::size_t alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment));
  }
  ~BitmapBlockAllocator() override { deinit(); }

  // Never leaves buffer, which is not owned; a misaligned one is used from its first aligned byte.
  // block_size in bytes, rounded up to a multiple of alignment, a power of two. For one thread.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    return store_.init(buffer, buffer_size, block_size, alignment);
  }
  // The pool that another object, here or in another process, has made of this memory by init, and
  // not ended since. buffer, buffer_size: as that was given them, mapped anywhere at a multiple of
  // the largest alignment that is used, as pages are. not_a_pool where the memory holds none.
  InitResult attach(void* buffer, std::size_t buffer_size) noexcept {
    return store_.attach(buffer, buffer_size);
  }
  // Forgets the buffer. Then alloc_block answers nullptr, and init may be called again. With nobody
  // else inside this object. Those that are attached to the same memory go on; when it is used for
  // something else, all must have let go of it.
  void deinit() noexcept { store_.deinit(); }
  bool valid() const noexcept { return store_.valid(); }

  // A block of block_size() bytes, or nullptr. Any number of threads.
  [[nodiscard]] void* alloc_block() noexcept {
    const std::size_t slot = store_.slots().take(lane_of<B>(), [](std::size_t) {});
    return slot == Store::Slots::none ? nullptr : store_.block(slot);
  }
  // block: from alloc_block of this pool, not freed since. Any number of threads.
  void free_block(void* block) noexcept { store_.slots().give(store_.slot_of(block)); }

  bool owns(const void* pointer) const noexcept override { return store_.owns(pointer); }
  std::size_t block_size() const noexcept { return store_.geometry().block_size; }
  std::size_t alignment() const noexcept { return store_.geometry().alignment; }
  std::size_t capacity() const noexcept { return store_.geometry().blocks; }
  // Blocks handed out now. For a pool at rest; one step for each 32 blocks.
  std::size_t used() const noexcept { return capacity() - store_.slots().free_blocks(); }
  // Blocks that were ever handed out: at least the most that were in use at the same time, and more
  // only by allocs of several threads, which begin at different words. Any thread, at any time; one
  // step for each 32 blocks.
  std::size_t peak() const noexcept { return store_.slots().ever_taken(); }

  // Bytes that hold count blocks wherever the buffer lies, or in a buffer that is aligned to 64 and
  // to alignment; size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return Store::buffer_bytes(count, block_size, alignment);
  }
  static constexpr std::size_t aligned_buffer_bytes(std::size_t count, std::size_t block_size,
                                                    std::size_t alignment) noexcept {
    return Store::aligned_buffer_bytes(count, block_size, alignment);
  }

  // For tools that show the pool's variables: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    store_.slots().describe(visit);
  }

 private:
  Store store_;
};

}  // namespace poolproof
