// LockedSignPostAllocator: SignPostAllocator behind one mutex, the simple way to share it.
// Use it where pieces of any size are shared and contention is rare; not where a preempted lock
// holder must not stop the others.
//
// Why it is correct: every access to the pool lies between lock and unlock of mutex_, so each
// happens before the next, and what a thread wrote into a piece before free happens before alloc
// hands that memory to another thread. Before it locks, alloc rounds the size, by what is constant
// once the pool is set up, and free prefetches the post, which reads nothing.
// Progress: blocking. Any number of threads. The lock is held for O(1) steps, but for an alloc that
// asks the base, or is about to fail.
#pragma once

#include <cstddef>
#include <mutex>

#include "sign_post_allocator.hpp"

namespace poolproof {

template <Backend B = StdBackend, class Word = std::uint32_t>
class LockedSignPostAllocator final : public Allocator {
  using Pool = BasicSignPostAllocator<B, Word>;

 public:
  static constexpr std::size_t default_alignment = Pool::default_alignment;
  static constexpr std::size_t post_bytes = Pool::post_bytes;
  static constexpr std::size_t links_bytes = Pool::links_bytes;
  static constexpr std::size_t minimum_segment = Pool::minimum_segment;

  LockedSignPostAllocator() = default;
  LockedSignPostAllocator(void* buffer, std::size_t buffer_size,
                          std::size_t alignment = default_alignment) noexcept
      : pool_(buffer, buffer_size, alignment) {}
  LockedSignPostAllocator(Allocator& base, std::size_t bytes_per_chunk,
                          std::size_t alignment = default_alignment) noexcept
      : pool_(base, bytes_per_chunk, alignment) {}

  // As SignPostAllocator. init and deinit are for one thread, with nobody else inside. The base is
  // asked with the lock held, so it need not be thread-safe for this pool's sake.
  InitResult init(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept {
    return pool_.init(buffer, buffer_size, alignment);
  }
  InitResult init(Allocator& base, std::size_t bytes_per_chunk,
                  std::size_t alignment = default_alignment) noexcept {
    return pool_.init(base, bytes_per_chunk, alignment);
  }
  void deinit() noexcept { pool_.deinit(); }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    const std::size_t bytes = pool_.wanted(byte_size);
    const std::lock_guard lock(mutex_);
    return pool_.alloc_segment(bytes);
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.alloc_aligned(byte_size, alignment);
  }
  void free(void* piece) noexcept override {
    if (piece == nullptr) return;
    __builtin_prefetch(Pool::post_of(piece), 1);
    const std::lock_guard lock(mutex_);
    pool_.free(piece);
  }

  bool owns(const void* pointer) const noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.owns(pointer);
  }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
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
  std::size_t size_of(const void* piece) const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.size_of(piece);
  }

  // As those of SignPostAllocator. "At rest" is here: while the lock is held.
  const char* violation() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.violation();
  }
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.must_fit(begin, end, byte_size, alignment);
  }
  static constexpr std::size_t buffer_bytes(std::size_t pieces, std::size_t byte_size,
                                            std::size_t alignment = default_alignment) noexcept {
    return Pool::buffer_bytes(pieces, byte_size, alignment);
  }

  // For tools that show the pool's variables: takes addresses only, and touches no shared variable.
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
