// HeapAllocator: the C heap as a base.
// Use it where a pool may grow; not where memory must stay in one place.
// Thread-safe, with whatever progress the C library's allocator has.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdlib>

#include "allocator.hpp"
#include "sizes.hpp"

namespace poolproof {

class HeapAllocator final : public Allocator {
 public:
  void* alloc(std::size_t byte_size) noexcept override {
    return alloc_aligned(byte_size, alignof(std::max_align_t));
  }

  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    if (byte_size == 0 || !std::has_single_bit(alignment)) return nullptr;
    if (alignment < alignof(std::max_align_t)) alignment = alignof(std::max_align_t);
    // C11 7.22.3.1 asked for a size that is a multiple of the alignment; later texts do not mind.
    const std::size_t rounded = align_up(byte_size, alignment);
    return rounded == size_overflow ? nullptr : std::aligned_alloc(alignment, rounded);
  }

  void free(void* pointer) noexcept override { std::free(pointer); }

  // The heap keeps no list that could be asked: always false.
  bool owns(const void*) const noexcept override { return false; }
};

}  // namespace poolproof
