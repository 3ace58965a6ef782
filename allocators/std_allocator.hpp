// StdAllocator: a pool as the allocator of a standard container, like std::allocator but for a
// pointer to the pool. With the pool's own type no call is virtual.
// Use it for containers of nodes: std::list, std::map, std::unordered_map. A block must hold a
// node, which is the element and, in libstdc++, two pointers in a list, four words in a map, two
// in an unordered_map. What does not fit into a block throws std::bad_alloc: so does a
// std::vector, or an unordered_map's array of buckets, that outgrows one. Where such requests may
// go elsewhere, take PoolResource. Where exceptions are off, it stops the program.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>

#include "allocator.hpp"
#include "detail/check.hpp"
#include "sizes.hpp"

namespace poolproof {

// As thread-safe as Pool is: containers of several threads may share one that is.
template <class T, class Pool = Allocator>
class StdAllocator {
 public:
  using value_type = T;
  // Elements stay where they are when a container is moved or swapped, so the pool goes with them.
  // The copy of a container stays in the pool of its own.
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  // pool is not owned, and must outlive all that was allocated. Implicit, so that a container's
  // constructor takes the pool itself.
  StdAllocator(Pool& pool) noexcept : pool_(&pool) {}
  template <class U>
  StdAllocator(const StdAllocator<U, Pool>& other) noexcept : pool_(&other.pool()) {}

  // Room for count objects; std::bad_alloc when the pool has none, or none so large or so aligned.
  [[nodiscard]] T* allocate(std::size_t count) {
    // On overflow size_overflow, which no pool can serve. No objects want a pointer all the same.
    const std::size_t bytes = std::max<std::size_t>(size_mul(count, sizeof(T)), 1);
    void* block = pool_->alloc_aligned(bytes, alignof(T));
    if (block == nullptr) [[unlikely]]
      throw_bad_alloc();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept { pool_->free(block); }

  Pool& pool() const noexcept { return *pool_; }

 private:
  [[noreturn, gnu::cold, gnu::noinline]] static void throw_bad_alloc() {
#if defined(__cpp_exceptions)
    throw std::bad_alloc();
#else
    fail_check("StdAllocator: the pool has no such block", __FILE__, __LINE__);
#endif
  }

  Pool* pool_;
};

// Equal: what one has allocated the other may free.
template <class T, class U, class Pool>
bool operator==(const StdAllocator<T, Pool>& a, const StdAllocator<U, Pool>& b) noexcept {
  return &a.pool() == &b.pool();
}

}  // namespace poolproof
