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
// Why it is correct: see detail/block_bits.hpp, with the numbered operations. No ABA, no nonce, no
// limbo: nothing is followed from block to block.
// Progress: alloc_block and free_block are lock-free. Failure: nullptr only if, at some moment of
// the call, all blocks were in use. A double free, and a pointer that is no block's, stop the
// program, in release too.
// Memory beside the blocks: 64 bytes for each 32 blocks, and 192 to 256 for the pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "detail/bitmap_layout.hpp"
#include "detail/block_bits.hpp"
#include "detail/block_geometry.hpp"
#include "detail/block_interface.hpp"
#include "detail/lane.hpp"
#include "std_backend.hpp"

namespace poolproof {

// BlocksPerWord: fewer than 32 are for experiments, in which a few blocks make many words.
template <Backend B = StdBackend, unsigned BlocksPerWord = 32>
class BitmapBlockAllocator final : public BlockInterface<BitmapBlockAllocator<B, BlocksPerWord>> {
  using Bits = BlockBits<B, BlocksPerWord>;
  using Layout = BitmapLayout<Bits>;

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
    if (valid()) return InitError::already_initialised;
    const InitResult result = Layout::check(buffer, buffer_size, block_size, alignment);
    if (!result) return result;
    const std::size_t skip = bytes_to_alignment(buffer, Layout::start_alignment(alignment));
    const std::size_t blocks = Layout::most_blocks(buffer_size - skip, block_size, alignment);
    start_ = static_cast<std::byte*>(buffer) + skip;
    use(Layout::of(block_size, alignment, blocks));
    bits_.construct();
    std::construct_at(header(), BitmapHeader{BitmapHeader::expected_magic, block_size, alignment,
                                             geometry_.blocks});
    constructed_ = true;
    return {};
  }
  // The pool that another object, here or in another process, has made of this memory by init, and
  // not ended since. buffer, buffer_size: as that was given them, mapped anywhere at a multiple of
  // the largest alignment that is used, as pages are. not_a_pool where the memory holds none.
  InitResult attach(void* buffer, std::size_t buffer_size) noexcept {
    if (valid()) return InitError::already_initialised;
    if (buffer == nullptr) return InitError::null_buffer;
    const BitmapHeader* found = Layout::find(buffer, buffer_size);
    if (found == nullptr) return InitError::not_a_pool;
    start_ = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(found));
    use(Layout::of(found->block_size, found->alignment, found->blocks));
    return {};
  }
  // Forgets the buffer. Then alloc_block answers nullptr, and init may be called again. With nobody
  // else inside this object. Those that are attached to the same memory go on; when it is used for
  // something else, all must have let go of it.
  void deinit() noexcept {
    if (std::exchange(constructed_, false)) bits_.destroy();
    start_ = nullptr;
    geometry_ = {};
    bits_ = {};
  }
  bool valid() const noexcept { return start_ != nullptr; }

  // A block of block_size() bytes, or nullptr. Any number of threads.
  [[nodiscard]] void* alloc_block() noexcept {
    const std::size_t slot = bits_.take(lane_of<B>(), [](std::size_t) {});
    return slot == Bits::none ? nullptr : block(slot);
  }
  // block: from alloc_block of this pool, not freed since. Any number of threads.
  void free_block(void* block) noexcept { bits_.give(slot_of(block)); }

  bool owns(const void* pointer) const noexcept override {
    return valid() && address(pointer) - address(block(0)) < capacity() * block_size();
  }
  std::size_t block_size() const noexcept { return geometry_.block_size; }
  std::size_t alignment() const noexcept { return geometry_.alignment; }
  std::size_t capacity() const noexcept { return geometry_.blocks; }
  // Blocks handed out now. For a pool at rest; one step for each 32 blocks.
  std::size_t used() const noexcept { return capacity() - bits_.free_blocks(); }

  // Bytes that hold count blocks wherever the buffer lies; size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return size_add(Layout::of(block_size, alignment, count).chunk_bytes,
                    Layout::start_alignment(alignment) - 1);
  }

  // For tools that show the pool's variables: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    bits_.describe(visit);
  }

 private:
  BitmapHeader* header() const noexcept { return reinterpret_cast<BitmapHeader*>(start_); }
  void use(const BlockGeometry& geometry) noexcept {
    geometry_ = geometry;
    bits_ = Bits(start_ + Layout::bits_offset, geometry_.blocks);
  }
  void* block(std::size_t slot) const noexcept {
    return start_ + geometry_.blocks_offset + slot * geometry_.block_size;
  }
  std::size_t slot_of(const void* block) const noexcept {
    const std::uint64_t slot = valid() ? geometry_.slot_of(start_, block) : capacity();
    check(slot < capacity(), "the pointer is not a block of this pool");
    return slot;
  }

  std::byte* start_ = nullptr;
  BlockGeometry geometry_;
  Bits bits_;
  bool constructed_ = false;  // here, not in another process
};

}  // namespace poolproof
