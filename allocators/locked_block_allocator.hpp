// LockedBlockAllocator: BlockAllocator behind one mutex, the simple way to share a pool.
// Use it where contention is rare or as the yardstick; not where a preempted lock holder must not
// stop the others.
//
// Why it is correct: see detail/locked_front.hpp.
// Progress: blocking. Any number of threads.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>

#include "block_allocator.hpp"
#include "detail/locked_front.hpp"

namespace poolproof {

template <Backend B = StdBackend>
class LockedBlockAllocator final
    : public LockedFront<B, BasicBlockAllocator<B>, BlockInterface<LockedBlockAllocator<B>>> {
  using Locked = LockedFront<B, BasicBlockAllocator<B>, BlockInterface<LockedBlockAllocator<B>>>;
  using Locked::mutex_;
  using Locked::pool_;

 public:
  LockedBlockAllocator() = default;
  // As init; valid() says whether it worked.
  LockedBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                       std::size_t blocks_per_chunk) noexcept {
    static_cast<void>(init(base, block_size, alignment, blocks_per_chunk));
  }
  LockedBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                       std::size_t alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment));
  }

  // All as BlockAllocator.
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) noexcept {
    return pool_.init(base, block_size, alignment, blocks_per_chunk);
  }
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    return pool_.init(buffer, buffer_size, block_size, alignment);
  }

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

  // As BlockAllocator's. Any thread; the others wait as long as it takes.
  std::size_t shrink() noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.shrink();
  }

  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return BasicBlockAllocator<B>::buffer_bytes(count, block_size, alignment);
  }
};

}  // namespace poolproof
