// LockedBuddyAllocator: BuddyAllocator behind one mutex, the simple way to share a pool.
// Use it where contention is rare or as the yardstick; not where a preempted lock holder must not
// stop the others.
//
// Why it is correct: every access to the pool lies between lock and unlock of mutex_, so each
// happens before the next, and what a thread wrote into a piece before free happens before alloc
// hands that memory to another thread.
// Progress: blocking. Any number of threads.
#pragma once

#include <cstddef>
#include <mutex>

#include "buddy_allocator.hpp"

namespace poolproof {

template <Backend B = StdBackend, unsigned WordOrder = 6>
class LockedBuddyAllocator final : public Allocator {
  using Pool = BasicBuddyAllocator<B, WordOrder>;

 public:
  static constexpr std::size_t largest_certain_order = Pool::largest_certain_order;

  LockedBuddyAllocator() = default;
  LockedBuddyAllocator(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                       unsigned largest_order) noexcept
      : pool_(buffer, buffer_size, leaf_size, largest_order) {}
  LockedBuddyAllocator(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept
      : pool_(base, leaf_size, largest_order) {}

  // All as BuddyAllocator. init and deinit are for one thread, with nobody else inside. The base is
  // asked with the lock held, so it need not be thread-safe for this pool's sake.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                  unsigned largest_order) noexcept {
    return pool_.init(buffer, buffer_size, leaf_size, largest_order);
  }
  InitResult init(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    return pool_.init(base, leaf_size, largest_order);
  }
  void deinit() noexcept { pool_.deinit(); }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.alloc(byte_size);
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.alloc_aligned(byte_size, alignment);
  }
  void free(void* pointer) noexcept override {
    const std::lock_guard lock(mutex_);
    pool_.free(pointer);
  }

  std::size_t size_of(const void* piece) const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.size_of(piece);
  }
  bool owns(const void* pointer) const noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.owns(pointer);
  }
  std::size_t leaf_size() const noexcept { return pool_.leaf_size(); }
  unsigned largest_order() const noexcept { return pool_.largest_order(); }
  std::size_t capacity() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.capacity();
  }
  std::size_t used() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.used();
  }
  std::size_t peak() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.peak();
  }
  std::size_t largest_free() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.largest_free();
  }

  // The bytes that a piece for such a request takes, rounded up; 0 if it can never be had.
  std::size_t size_for(std::size_t byte_size, std::size_t alignment) const noexcept {
    return pool_.size_for(byte_size, alignment);
  }

  const char* violation() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.violation();
  }
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.must_fit(begin, end, byte_size, alignment);
  }

  static constexpr std::size_t buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                            unsigned largest_order) noexcept {
    return Pool::buffer_bytes(leaves, leaf_size, largest_order);
  }
  static constexpr std::size_t aligned_buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                                    unsigned largest_order) noexcept {
    return Pool::aligned_buffer_bytes(leaves, leaf_size, largest_order);
  }

  // visit(start, bytes) for the leaves of each chunk. At rest.
  template <class Visit>
  void for_each_chunk(Visit visit) const {
    pool_.for_each_chunk(visit);
  }

  // For tools that show the variables: see LocklessBuddyAllocator.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("mutex", mutex_);
    pool_.describe(visit);
  }

 private:
  mutable typename B::mutex mutex_;
  Pool pool_;
};

}  // namespace poolproof
