// StaticBlockAllocator: a pool of blocks over storage of its own, inline. Use it for a pool whose
// size is known when the program is compiled; a large one belongs into static storage, not on the
// stack. Thread safety, progress and orders: those of P.
#pragma once

#include <bit>
#include <cstddef>
#include <span>

#include "block_allocator.hpp"

namespace poolproof {

// Blocks: how many, at least. Size, Align: of each, in bytes. P: a pool of blocks, here over a
// buffer.
template <std::size_t Blocks, std::size_t Size, std::size_t Align = alignof(std::max_align_t),
          class P = BlockAllocator>
class StaticBlockAllocator final
    : public BlockInterface<StaticBlockAllocator<Blocks, Size, Align, P>> {
  static_assert(Blocks > 0 && Size > 0, "one block of one byte is the least");
  static_assert(std::has_single_bit(Align), "Align must be a power of two");

 public:
  [[nodiscard]] void* alloc_block() noexcept { return pool_.alloc_block(); }
  void free_block(void* block) noexcept { pool_.free_block(block); }
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) noexcept {
    return pool_.alloc_many(blocks);
  }
  void free_many(std::span<void* const> blocks) noexcept { pool_.free_many(blocks); }

  bool valid() const noexcept { return pool_.valid(); }
  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t used() const noexcept { return pool_.used(); }
  std::size_t peak() const noexcept { return pool_.peak(); }

  P& pool() noexcept { return pool_; }

 private:
  static constexpr std::size_t bytes = P::buffer_bytes(Blocks, Size, Align);
  static_assert(bytes != size_overflow, "they do not fit into memory");

  alignas(Align) std::byte storage_[bytes];
  P pool_{storage_, bytes, Size, Align};
};

}  // namespace poolproof
