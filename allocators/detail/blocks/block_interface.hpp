// BlockInterface: the Allocator interface of everything that hands out blocks of one size.
// Derived supplies alloc_block, free_block, block_size and alignment.
#pragma once

#include <bit>
#include <cstddef>
#include <span>

#include "../../allocator.hpp"

namespace poolproof {

template <class Derived>
class BlockInterface : public Allocator {
 public:
  // A block, when byte_size fits into one. Thread safety and progress: those of alloc_block.
  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept final {
    return byte_size == 0 || byte_size > self().block_size() ? nullptr : self().alloc_block();
  }

  // A block, when byte_size fits into one and blocks are aligned well enough.
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept final {
    if (!std::has_single_bit(alignment) || alignment > self().alignment()) return nullptr;
    return alloc(byte_size);
  }

  void free(void* pointer) noexcept final {
    if (pointer != nullptr) self().free_block(pointer);
  }

  // As many blocks as there is room for, and how many they are: fewer only where alloc_block would
  // have answered nullptr for the next. Here one by one; lists that threads share have their own.
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) noexcept {
    std::size_t count = 0;
    while (count != blocks.size() && (blocks[count] = self().alloc_block()) != nullptr) ++count;
    return count;
  }
  // blocks: each as for free_block, and none twice.
  void free_many(std::span<void* const> blocks) noexcept {
    for (void* block : blocks) self().free_block(block);
  }

 private:
  Derived& self() noexcept { return static_cast<Derived&>(*this); }
};

}  // namespace poolproof
