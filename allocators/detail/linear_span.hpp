// LinearSpan: the memory of a linear allocator, a buffer or one chunk of a base. Not thread-safe;
// set up before the allocator is shared, and constant while it is.
#pragma once

#include <bit>
#include <cstddef>

#include "../allocator.hpp"
#include "../sizes.hpp"

namespace poolproof {

class LinearSpan {
 public:
  // Uses buffer from its first byte aligned to alignment, in whole multiples of alignment.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t alignment) noexcept {
    if (begin_ != nullptr) return InitError::already_initialised;
    if (buffer_size == 0) return InitError::zero_size;
    if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
    if (buffer == nullptr) return InitError::null_buffer;
    const std::size_t skip = bytes_to_alignment(buffer, alignment);
    if (buffer_size < skip || buffer_size - skip < alignment) {
      const std::size_t minimum = size_add(alignment, alignment - 1);
      if (minimum == size_overflow) return InitError::overflow;
      return {InitError::buffer_too_small, minimum};
    }
    begin_ = static_cast<std::byte*>(buffer) + skip;
    size_ = (buffer_size - skip) & ~(alignment - 1);
    alignment_ = alignment;
    return {};
  }

  // Asks base once, for byte_size rounded up to a multiple of alignment.
  InitResult init(Allocator& base, std::size_t byte_size, std::size_t alignment) noexcept {
    if (begin_ != nullptr) return InitError::already_initialised;
    if (byte_size == 0) return InitError::zero_size;
    if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
    const std::size_t rounded = align_up(byte_size, alignment);
    if (rounded == size_overflow) return InitError::overflow;
    void* chunk = base.alloc_aligned(rounded, alignment);
    if (chunk == nullptr) return {InitError::base_refused, rounded};
    const InitResult result = init(chunk, rounded, alignment);
    if (result) {
      base_ = &base;
    } else {
      base.free(chunk);  // misaligned: not what was asked for
    }
    return result;
  }

  void deinit() noexcept {
    if (base_ != nullptr) base_->free(begin_);
    base_ = nullptr;
    begin_ = nullptr;
    size_ = 0;
    alignment_ = 1;
  }

  bool valid() const noexcept { return begin_ != nullptr; }
  bool owns(const void* pointer) const noexcept {
    return address(pointer) - address(begin_) < size_;
  }
  std::byte* begin() const noexcept { return begin_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t alignment() const noexcept { return alignment_; }

 private:
  std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t alignment_ = 1;
  Allocator* base_ = nullptr;
};

}  // namespace poolproof
