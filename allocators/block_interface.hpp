// BlockInterface: the Allocator interface of everything that hands out blocks of one size.
// Derived supplies alloc_block, free_block, block_size and alignment.
#pragma once

#include <bit>
#include <cstddef>

#include "allocator.hpp"

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

 private:
  Derived& self() noexcept { return static_cast<Derived&>(*this); }
};

}  // namespace poolproof
