// HeapAllocator: the C heap as a base.
// Use it where a pool may grow; not where memory must stay in one place.
// Thread-safe, with whatever progress the C library's allocator has.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "allocator.hpp"

namespace poolproof {

class HeapAllocator final : public Allocator {
 public:
  void* alloc(std::size_t byte_size) noexcept override {
    return alloc_aligned(byte_size, alignof(std::max_align_t));
  }

  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    if (byte_size == 0 || byte_size > PTRDIFF_MAX || !std::has_single_bit(alignment))
      return nullptr;
    if (alignment < alignof(std::max_align_t)) alignment = alignof(std::max_align_t);
#if defined(_WIN32)
    return _aligned_malloc(byte_size, alignment);  // of <cstdlib> there
#else
    // Not std::aligned_alloc, which in C11 7.22.3.1 takes multiples of the alignment only: rounding
    // up to one would double what some sizes cost.
    void* memory = nullptr;
    return posix_memalign(&memory, alignment, byte_size) == 0 ? memory : nullptr;
#endif
  }

  void free(void* pointer) noexcept override {
#if defined(_WIN32)
    _aligned_free(pointer);
#else
    std::free(pointer);
#endif
  }

  // The heap keeps no list that could be asked: always false.
  bool owns(const void*) const noexcept override { return false; }
};

}  // namespace poolproof
