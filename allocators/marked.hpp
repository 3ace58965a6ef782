// Marked<Pool>: any of the block pools, with AddressSanitizer and Valgrind told which blocks are
// free. They then report a use after free, and a block that is freed twice stops the program or is
// reported. Use it wherever a program is built with one of them; in other builds it is Pool and
// nothing more. memory_marks.hpp says when which is on.
//
// What they do not see: the use of a block that is somebody else's by now, and blocks are reused
// at once; of one that was never handed out; of a free block's first word in BlockAllocator and
// LockedBlockAllocator, which keep their link there; a write past the end of a block into its
// neighbour, unless that one is free; a lost block (but Valgrind's leak check finds it, while the
// pool is still there). AddressSanitizer sees only aligned groups of 8 bytes that lie in one block:
// all of it, if block_size() is a multiple of 8. Do not mark a pool that is the base of a marked
// one: Valgrind's leak check does not stand blocks within blocks.
//
// Why no block in use is marked: a block is marked before the pool gets it back, and unmarked after
// the pool has handed it out, so only ever by its owner.
// Why nothing stays marked: deinit gives up the whole buffer; over a base, every chunk passes
// through Chunks on its way back, which gives up its blocks. Chunks knows where they lie without
// remembering any chunk: in its first bytes, as many as the smallest chunk has, for one that is
// larger carries bookkeeping behind its blocks (BlockStore).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "detail/blocks/block_interface.hpp"
#include "detail/blocks/indexed_block_allocator.hpp"
#include "detail/memory_marks.hpp"
#include "sizes.hpp"

namespace poolproof {

// Thread safety, progress and failure: those of Pool, but for what the tools cost.
template <class Pool>
class Marked final : public BlockInterface<Marked<Pool>> {
 public:
  Marked() = default;
  // As init; valid() says whether it worked.
  Marked(void* buffer, std::size_t buffer_size, std::size_t block_size,
         std::size_t alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment));
  }
  Marked(Allocator& base, std::size_t block_size, std::size_t alignment,
         std::size_t blocks_per_chunk) noexcept {
    static_cast<void>(init(base, block_size, alignment, blocks_per_chunk));
  }
  Marked(Allocator& base, std::size_t block_size, std::size_t alignment,
         std::size_t blocks_per_chunk, std::size_t most_blocks) noexcept {
    static_cast<void>(init(base, block_size, alignment, blocks_per_chunk, most_blocks));
  }
  ~Marked() override { deinit(); }

  // All as Pool's. Neither buffer nor base is owned.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    const InitResult result = pool_.init(buffer, buffer_size, block_size, alignment);
    if (!result) return result;
    buffer_ = buffer;
    buffer_size_ = buffer_size;
    marks::begin(this);
    return result;
  }
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) noexcept {
    return init_over(base, block_size, alignment, blocks_per_chunk);
  }
  // For the pools that take most_blocks.
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk, std::size_t most_blocks) noexcept {
    return init_over(base, block_size, alignment, blocks_per_chunk, most_blocks);
  }

  void deinit() noexcept {
    if (!valid()) return;
    marks::end(this);  // before anybody else has the memory
    pool_.deinit();
    if (buffer_ != nullptr) marks::give_up(buffer_, buffer_size_);
    buffer_ = nullptr;
  }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc_block() noexcept {
    void* block = pool_.alloc_block();
    if (block != nullptr) marks::hand_out(this, block, block_size());
    return block;
  }
  void free_block(void* block) noexcept {
    marks::give_back(this, block, block_size(), kept);
    pool_.free_block(block);
  }
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) noexcept {
    const std::size_t count = pool_.alloc_many(blocks);
    for (void* block : blocks.first(count)) marks::hand_out(this, block, block_size());
    return count;
  }
  void free_many(std::span<void* const> blocks) noexcept {
    for (void* block : blocks) marks::give_back(this, block, block_size(), kept);
    pool_.free_many(blocks);
  }

  // For the pools that have it.
  std::size_t shrink() noexcept requires requires(Pool& pool) { pool.shrink(); }
  { return pool_.shrink(); }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t peak() const noexcept { return pool_.peak(); }
  std::size_t used() const noexcept { return pool_.used(); }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return Pool::buffer_bytes(count, block_size, alignment);
  }

 private:
  // The pool's base: the real one, but for the marks on chunks that go back. Asked by one thread at
  // a time, as every base.
  class Chunks final : public Allocator {
   public:
    void begin(Allocator& base) noexcept {
      base_ = &base;
      blocks_bytes_ = size_overflow;
    }
    void* alloc(std::size_t byte_size) noexcept override {
      return noted(byte_size, base_->alloc(byte_size));
    }
    void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
      return noted(byte_size, base_->alloc_aligned(byte_size, alignment));
    }
    void free(void* chunk) noexcept override {
      marks::give_up(chunk, blocks_bytes_);
      base_->free(chunk);
    }
    bool owns(const void* pointer) const noexcept override { return base_->owns(pointer); }

   private:
    void* noted(std::size_t byte_size, void* chunk) noexcept {
      if (chunk != nullptr) blocks_bytes_ = std::min(blocks_bytes_, byte_size);
      return chunk;
    }

    Allocator* base_ = nullptr;
    std::size_t blocks_bytes_ = 0;
  };

  template <class... Sizes>
  InitResult init_over(Allocator& base, Sizes... sizes) noexcept {
    Allocator& chunks = marks::enabled ? static_cast<Allocator&>(chunks_) : base;
    const InitResult result = pool_.init(chunks, sizes...);
    if (!result) return result;
    chunks_.begin(base);  // in time: Pool asks for its first chunk when a block is wanted
    marks::begin(this);
    return result;
  }

  // How many bytes at the start of a free block the pool uses: none where the links lie beside the
  // blocks; else a link.
  template <class Derived, Backend B>
  static constexpr std::size_t kept_by(const IndexedBlockAllocator<Derived, B>*) noexcept {
    return 0;
  }
  static constexpr std::size_t kept_by(const void*) noexcept { return sizeof(void*); }
  static constexpr std::size_t kept = kept_by(static_cast<const Pool*>(nullptr));

  void* buffer_ = nullptr;
  std::size_t buffer_size_ = 0;
  Chunks chunks_;  // before the pool, which gives its chunks back in its destructor at the latest
  Pool pool_;
};

}  // namespace poolproof

#include "detail/buddies/marked_buddies.hpp"
#include "detail/sign_posts/marked_pieces.hpp"
