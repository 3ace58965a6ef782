// StaticAllocator, AsyncStaticAllocator: linear allocators over storage of their own, inline.
// Use them for a pool whose size is known when the program is compiled; a large one belongs into
// static storage, not on the stack. Thread safety and orders: those of the linear ones.
#pragma once

#include <bit>
#include <cstddef>

#include "async_linear_allocator.hpp"
#include "linear_allocator.hpp"

namespace poolproof {

// Bytes: of storage, at least one Align. Align: of the storage and of alloc, in bytes.
template <class Linear, std::size_t Bytes, std::size_t Align>
class BasicStaticAllocator final : public Allocator {
  static_assert(std::has_single_bit(Align), "Align must be a power of two");
  static_assert(Bytes >= Align, "Bytes must hold at least one Align");

 public:
  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return linear_.alloc(byte_size);
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return linear_.alloc_aligned(byte_size, alignment);
  }
  void free(void*) noexcept override {}
  void reset() noexcept { linear_.reset(); }

  bool owns(const void* pointer) const noexcept override { return linear_.owns(pointer); }
  std::size_t alignment() const noexcept { return linear_.alignment(); }
  std::size_t capacity() const noexcept { return linear_.capacity(); }
  std::size_t used() const noexcept { return linear_.used(); }
  std::size_t peak() const noexcept { return linear_.peak(); }

 private:
  alignas(Align) std::byte storage_[Bytes];
  Linear linear_{storage_, Bytes, Align};
};

template <std::size_t Bytes, std::size_t Align = alignof(std::max_align_t)>
using StaticAllocator = BasicStaticAllocator<LinearAllocator, Bytes, Align>;

template <std::size_t Bytes, std::size_t Align = alignof(std::max_align_t), Backend B = StdBackend>
using AsyncStaticAllocator = BasicStaticAllocator<AsyncLinearAllocator<B>, Bytes, Align>;

}  // namespace poolproof
