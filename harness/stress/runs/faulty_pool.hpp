// FaultyPool: a sound pool with one fault that a test switches on, to see the oracle that must
// catch it. Fault is a struct with the hooks that it wants to change.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>

#include "allocators/lockless_block_allocator.hpp"

namespace poolproof {

struct NoFault {
  // The n-th alloc would return block: return that, or something else.
  template <class Pool>
  void* on_alloc(Pool&, void* block, std::size_t) {
    return block;
  }
  // The n-th free: false swallows it.
  bool on_free(void*, std::size_t) { return true; }
  bool on_deinit() { return true; }
  // The buffer that the pool gets, which it has set up.
  void on_buffer(std::byte*, std::size_t) {}
  // The base that the pool is to grow from, in place of the given one.
  Allocator& on_base(Allocator& base) { return base; }
};

template <class Fault>
class FaultyPool {
 public:
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) {
    return pool_.init(fault_.on_base(base), block_size, alignment, blocks_per_chunk);
  }
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) {
    const InitResult result = pool_.init(buffer, buffer_size, block_size, alignment);
    fault_.on_buffer(static_cast<std::byte*>(buffer), buffer_size);
    return result;
  }
  void deinit() {
    if (fault_.on_deinit()) pool_.deinit();
  }
  void* alloc_block() { return fault_.on_alloc(pool_, pool_.alloc_block(), allocs_.fetch_add(1)); }
  void free_block(void* block) {
    if (fault_.on_free(block, frees_.fetch_add(1))) pool_.free_block(block);
  }
  std::size_t alloc_many(std::span<void*> blocks) {
    std::size_t count = 0;
    while (count != blocks.size() && (blocks[count] = alloc_block()) != nullptr) ++count;
    return count;
  }
  void free_many(std::span<void* const> blocks) {
    for (void* block : blocks) free_block(block);
  }
  std::size_t capacity() const { return pool_.capacity(); }
  std::size_t used() const { return pool_.used(); }
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) {
    return LocklessBlockAllocator<>::buffer_bytes(count, block_size, alignment);
  }

 private:
  Fault fault_;
  LocklessBlockAllocator<> pool_;
  std::atomic<std::size_t> allocs_{0};
  std::atomic<std::size_t> frees_{0};
};

}  // namespace poolproof
