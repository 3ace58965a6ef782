// PoolResource: a pool as a std::pmr::memory_resource, with another one, upstream, for what the
// pool cannot serve: what is too large, too aligned, or asked for when the pool is exhausted.
// Use it for std::pmr containers; std::pmr::null_memory_resource() as upstream keeps them in the
// pool. StdAllocator needs no virtual call, but has no upstream.
//
// deallocate must know where a request went. If its size and alignment do not fit the pool's
// blocks, upstream, and nobody is asked. If they do, the pool, and nobody is asked while nothing
// that would have fitted is upstream, which spilled_ counts. Only while something is, owns()
// decides, at its price: one step for each chunk, and in a pool for threads a mutex too. So a
// lock-free pool that is large enough stays lock-free.
//
// There is no PoolResource where the standard library has no std::pmr (libc++ before 16).
//
// Why a relaxed counter is enough: whoever deallocates a block got it from the thread that
// allocated it, by some synchronisation of theirs.
//   (1) fetch_add relaxed of spilled_, by the thread that took the block from upstream.
//   (2) load relaxed of spilled_. For a block from upstream: its (1) happens before, so what is
//       read is (1) or newer, and older than its (3). Of all values between these two, each counts
//       this block, and every (3) comes after its own (1): none is 0. For a block of the pool any
//       value is right.
//   (3) fetch_sub relaxed of spilled_, as (1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <version>
#if __has_include(<memory_resource>)
#include <memory_resource>
#endif

#include "allocator.hpp"
#include "detail/check.hpp"
#include "std_backend.hpp"

#if defined(__cpp_lib_memory_resource)
namespace poolproof {

// Pool: the pool's own type, deduced; with Allocator the calls are virtual, and no size is known
// not to fit before the pool has been asked.
// As thread-safe as Pool and upstream are.
template <class Pool = Allocator, Backend B = StdBackend>
class PoolResource final : public std::pmr::memory_resource {
 public:
  // Neither is owned; both must outlive the resource, and the pool must stay as it was set up. Its
  // owns() must be exact, which that of HeapAllocator is not. Upstream must not draw from the pool.
  explicit PoolResource(
      Pool& pool, std::pmr::memory_resource* upstream = std::pmr::get_default_resource()) noexcept
      : pool_(pool), upstream_(upstream) {
    check(upstream != nullptr, "PoolResource: upstream is null");
  }
  PoolResource(const PoolResource&) = delete;
  PoolResource& operator=(const PoolResource&) = delete;

  std::pmr::memory_resource* upstream() const noexcept { return upstream_; }

 private:
  // Throws what upstream throws, and only when upstream was asked.
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (!fits(bytes, alignment)) return upstream_->allocate(bytes, alignment);
    // A request for no bytes wants a pointer all the same.
    void* block = pool_.alloc_aligned(std::max<std::size_t>(bytes, 1), alignment);
    if (block != nullptr) [[likely]]
      return block;
    block = upstream_->allocate(bytes, alignment);
    spilled_.fetch_add(1, std::memory_order_relaxed);  // (1)
    return block;
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    if (!fits(bytes, alignment)) return upstream_->deallocate(block, bytes, alignment);
    if (spilled_.load(std::memory_order_relaxed) == 0 || pool_.owns(block)) [[likely]]  // (2)
      return pool_.free(block);
    upstream_->deallocate(block, bytes, alignment);
    spilled_.fetch_sub(1, std::memory_order_relaxed);  // (3)
  }

  // Itself only: another one over the same pool does not know what this one has upstream.
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  // Could the pool serve this at all? The same answer for as long as the pool is set up.
  bool fits(std::size_t bytes, std::size_t alignment) const noexcept {
    if constexpr (requires { pool_.block_size(); }) {
      return bytes <= pool_.block_size() && alignment <= pool_.alignment();
    } else {
      return true;
    }
  }

  Pool& pool_;
  std::pmr::memory_resource* upstream_;
  typename B::template atomic<std::uint64_t> spilled_{0};
};

}  // namespace poolproof
#endif
