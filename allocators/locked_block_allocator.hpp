// LockedBlockAllocator: BlockAllocator behind one mutex, the simple way to share a pool.
// Use it where contention is rare or as the yardstick; not where a preempted lock holder must not
// stop the others.
//
// Why it is correct: every access to the pool lies between lock and unlock of mutex_, so each
// happens before the next, and what a thread wrote into a block before free_block happens before
// alloc_block hands that block to another thread.
// Progress: blocking. Any number of threads.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>

#include "block_allocator.hpp"

namespace poolproof {

template <Backend B = StdBackend>
class LockedBlockAllocator final : public BlockInterface<LockedBlockAllocator<B>> {
 public:
  LockedBlockAllocator() = default;
  LockedBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                       std::size_t blocks_per_chunk) noexcept
      : pool_(base, block_size, alignment, blocks_per_chunk) {}
  LockedBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                       std::size_t alignment) noexcept
      : pool_(buffer, buffer_size, block_size, alignment) {}

  // As BlockAllocator. init and deinit are for one thread, with nobody else inside. The base is
  // asked with the lock held, so it need not be thread-safe for this pool's sake.
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) noexcept {
    return pool_.init(base, block_size, alignment, blocks_per_chunk);
  }
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    return pool_.init(buffer, buffer_size, block_size, alignment);
  }
  void deinit() noexcept { pool_.deinit(); }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc_block() noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.alloc_block();
  }
  void free_block(void* block) noexcept {
    const std::lock_guard lock(mutex_);
    pool_.free_block(block);
  }
  // As those of BlockAllocator, with the lock taken once.
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.alloc_many(blocks);
  }
  void free_many(std::span<void* const> blocks) noexcept {
    const std::lock_guard lock(mutex_);
    pool_.free_many(blocks);
  }

  bool owns(const void* pointer) const noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.owns(pointer);
  }
  std::size_t capacity() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.capacity();
  }
  std::size_t peak() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.peak();
  }
  std::size_t used() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.used();
  }
  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return BasicBlockAllocator<B>::buffer_bytes(count, block_size, alignment);
  }

  // For tools that show the pool's variables: takes addresses only, and touches no shared variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("mutex", mutex_);
    pool_.describe(visit);
  }

 private:
  mutable typename B::mutex mutex_;
  BasicBlockAllocator<B> pool_;
};

}  // namespace poolproof
