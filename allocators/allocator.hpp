// Allocator: the interface that every allocator here implements, so that one can be the base of
// another. Each is also usable directly: the classes are final, so a call on the concrete type is
// not virtual.
#pragma once

#include <cstddef>

namespace poolproof {

class Allocator {
 public:
  Allocator() = default;
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;
  virtual ~Allocator() = default;

  // At least byte_size bytes, aligned as the allocator was set up to (the heap:
  // alignof(std::max_align_t)).
  // nullptr: byte_size is 0, or it cannot be had. Never throws.
  [[nodiscard]] virtual void* alloc(std::size_t byte_size) noexcept = 0;

  // The same, aligned to alignment. nullptr also when alignment is not a power of two.
  [[nodiscard]] virtual void* alloc_aligned(std::size_t byte_size,
                                            std::size_t alignment) noexcept = 0;

  // Gives back what alloc or alloc_aligned of this allocator returned; nullptr is ignored.
  virtual void free(void* pointer) noexcept = 0;

  // Does pointer lie in memory that this allocator hands out? Says nothing on whether it is
  // allocated at the moment. nullptr is owned by nobody.
  [[nodiscard]] virtual bool owns(const void* pointer) const noexcept = 0;
};

}  // namespace poolproof
