// Pool<T>: objects of one type in a pool of blocks: made, destroyed, and owned by smart pointers.
// Use it where code wants objects and not memory. P decides on threads, growth and cost; any pool
// of blocks will do that has alloc_block() for every thread that makes objects.
//
// A unique_ptr of it holds the object and the pool: two words. It becomes a std::shared_ptr where
// one is wanted, with a control block from the heap; std::allocate_shared with a StdAllocator over
// blocks() puts both into one block, if blocks are large enough (say so by spare_bytes).
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "lockless_block_allocator.hpp"
#include "sizes.hpp"

namespace poolproof {

// P: a pool of blocks. spare_bytes: room in each block beside the object, in bytes.
template <class T, class P = LocklessBlockAllocator<>, std::size_t spare_bytes = 0>
class Pool {
 public:
  // Gives the object back to its pool, which must still be there.
  struct Delete {
    void operator()(T* object) const noexcept { pool->destroy(object); }
    Pool* pool = nullptr;
  };
  using Ptr = std::unique_ptr<T, Delete>;

  static constexpr std::size_t block_bytes = sizeof(T) + spare_bytes;
  static constexpr std::size_t block_alignment = std::max(alignof(T), alignof(void*));

  Pool() = default;
  // As init; valid() says whether it worked.
  Pool(void* buffer, std::size_t buffer_size) noexcept {
    static_cast<void>(init(buffer, buffer_size));
  }
  Pool(Allocator& base, std::size_t objects_per_chunk) noexcept {
    static_cast<void>(init(base, objects_per_chunk));
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  // All objects must have been destroyed. Their destructors do not run here.
  ~Pool() = default;

  // Neither buffer nor base is owned. Errors are those of P.
  InitResult init(void* buffer, std::size_t buffer_size) noexcept {
    return blocks_.init(buffer, buffer_size, block_bytes, block_alignment);
  }
  InitResult init(Allocator& base, std::size_t objects_per_chunk) noexcept {
    return blocks_.init(base, block_bytes, block_alignment, objects_per_chunk);
  }
  bool valid() const noexcept { return blocks_.valid(); }

  // An object, or nullptr if the pool has no block. What T's constructor throws comes out, and the
  // block goes back. Thread safety and progress: P's.
  template <class... Arguments>
  [[nodiscard]] T* create(Arguments&&... arguments) {
    void* block = blocks_.alloc_block();
    if (block == nullptr) return nullptr;
    Block held{blocks_, block};
    T* object = ::new (block) T(std::forward<Arguments>(arguments)...);
    held.block = nullptr;
    return object;
  }
  // object: from create of this pool, not destroyed since; nullptr is harmless. T's destructor must
  // not throw.
  void destroy(T* object) noexcept {
    if (object == nullptr) return;
    std::destroy_at(object);
    blocks_.free_block(object);
  }
  // As create, owned.
  template <class... Arguments>
  [[nodiscard]] Ptr make(Arguments&&... arguments) {
    return Ptr(create(std::forward<Arguments>(arguments)...), Delete{this});
  }

  // The bytes that a buffer for these objects needs, wherever it lies; size_overflow if no buffer
  // is large enough.
  static constexpr std::size_t bytes_for(std::size_t objects) noexcept {
    return P::buffer_bytes(objects, block_bytes, block_alignment);
  }
  // The number of objects that a buffer of that size holds at least, wherever it lies.
  static constexpr std::size_t objects_in(std::size_t bytes) noexcept {
    std::size_t least = 0;
    std::size_t most = bytes / block_bytes;
    while (least != most) {
      const std::size_t middle = most - (most - least) / 2;
      if (bytes_for(middle) <= bytes) {
        least = middle;
      } else {
        most = middle - 1;
      }
    }
    return least;
  }

  // Objects: that there is memory for now, that live now, and that lived at the same time at most.
  // P's header says what each figure promises while other threads are inside.
  std::size_t capacity() const noexcept { return blocks_.capacity(); }
  std::size_t used() const noexcept { return blocks_.used(); }
  std::size_t peak() const noexcept { return blocks_.peak(); }

  P& blocks() noexcept { return blocks_; }
  const P& blocks() const noexcept { return blocks_; }

 private:
  // Gives a block back, unless it is taken out first.
  struct Block {
    P& blocks;
    void* block;
    ~Block() {
      if (block != nullptr) blocks.free_block(block);
    }
  };

  P blocks_;
};

}  // namespace poolproof
