// LinearAllocator: a bump pointer over a buffer or over one chunk of a base. For one thread.
// Use it for memory that all dies together (a frame, a request): alloc is an addition, free does
// nothing, reset takes everything back. Not for memory that must come back piece by piece.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "detail/linear_span.hpp"

namespace poolproof {

class LinearAllocator final : public Allocator {
 public:
  static constexpr std::size_t default_alignment = alignof(std::max_align_t);

  LinearAllocator() = default;
  // As init; valid() says whether it worked.
  LinearAllocator(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, alignment));
  }
  explicit LinearAllocator(Allocator& base, std::size_t byte_size,
                           std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(base, byte_size, alignment));
  }
  ~LinearAllocator() override { deinit(); }

  // buffer is not owned; a misaligned one is used from its first aligned byte.
  // alignment: that of alloc, in bytes; alloc_aligned may ask for more or less.
  InitResult init(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept {
    return span_.init(buffer, buffer_size, alignment);
  }
  // Takes byte_size bytes from base, once, and gives them back in deinit.
  InitResult init(Allocator& base, std::size_t byte_size,
                  std::size_t alignment = default_alignment) noexcept {
    return span_.init(base, byte_size, alignment);
  }
  void deinit() noexcept {
    span_.deinit();
    used_ = highest_ = 0;
  }
  bool valid() const noexcept { return span_.valid(); }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return bump(byte_size, span_.alignment());
  }
  // nullptr also when alignment is not a power of two. A request that fails changes nothing.
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return std::has_single_bit(alignment) ? bump(byte_size, alignment) : nullptr;
  }
  // Does nothing: the memory comes back with reset.
  void free(void*) noexcept override {}
  // Takes back everything that was allocated.
  void reset() noexcept {
    highest_ = peak();
    used_ = 0;
  }

  bool owns(const void* pointer) const noexcept override { return span_.owns(pointer); }
  std::size_t alignment() const noexcept { return span_.alignment(); }
  std::size_t capacity() const noexcept { return span_.size(); }  // bytes
  std::size_t used() const noexcept { return used_; }             // bytes, padding included
  std::size_t peak() const noexcept { return std::max(highest_, used_); }  // bytes

 private:
  void* bump(std::size_t byte_size, std::size_t alignment) noexcept {
    const std::size_t left = span_.size() - used_;
    std::byte* start = span_.begin() + used_;
    const std::size_t padding = bytes_to_alignment(start, alignment);
    if (byte_size == 0 || padding > left || byte_size > left - padding) return nullptr;
    used_ += padding + byte_size;
    return start + padding;
  }

  LinearSpan span_;
  std::size_t used_ = 0;
  std::size_t highest_ = 0;  // of used_ before the last reset
};

}  // namespace poolproof
