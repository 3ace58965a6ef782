// LockedSignPostAllocator: SignPostAllocator behind one mutex, the simple way to share it.
// Use it where pieces of any size are shared and contention is rare; not where a preempted lock
// holder must not stop the others.
//
// Why it is correct: see detail/locked_front.hpp. Before it locks, alloc rounds the size, by what
// is constant once the pool is set up, and free prefetches the post, which reads nothing. Progress:
// blocking. Any number of threads. The lock is held for O(1) steps, but for an alloc that asks the
// base, or is about to fail.
#pragma once

#include <cstddef>
#include <mutex>

#include "detail/locked_pieces.hpp"
#include "sign_post_allocator.hpp"

namespace poolproof {

template <Backend B = StdBackend, class Word = std::uint32_t>
class LockedSignPostAllocator final : public LockedPieces<B, BasicSignPostAllocator<B, Word>> {
  using Pool = BasicSignPostAllocator<B, Word>;
  using LockedPieces<B, Pool>::mutex_;
  using LockedPieces<B, Pool>::pool_;

 public:
  static constexpr std::size_t default_alignment = Pool::default_alignment;
  static constexpr std::size_t post_bytes = Pool::post_bytes;
  static constexpr std::size_t links_bytes = Pool::links_bytes;
  static constexpr std::size_t minimum_segment = Pool::minimum_segment;

  LockedSignPostAllocator() = default;
  // As init; valid() says whether it worked.
  LockedSignPostAllocator(void* buffer, std::size_t buffer_size,
                          std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, alignment));
  }
  LockedSignPostAllocator(Allocator& base, std::size_t bytes_per_chunk,
                          std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(base, bytes_per_chunk, alignment));
  }

  // All as SignPostAllocator.
  InitResult init(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept {
    return pool_.init(buffer, buffer_size, alignment);
  }
  InitResult init(Allocator& base, std::size_t bytes_per_chunk,
                  std::size_t alignment = default_alignment) noexcept {
    return pool_.init(base, bytes_per_chunk, alignment);
  }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    const std::size_t bytes = pool_.wanted(byte_size);
    const std::lock_guard lock(mutex_);
    return pool_.alloc_segment(bytes);
  }
  void free(void* piece) noexcept override {
    if (piece == nullptr) return;
    __builtin_prefetch(Pool::post_of(piece), 1);
    const std::lock_guard lock(mutex_);
    pool_.free(piece);
  }

  // As SignPostAllocator's. Any thread; the others wait as long as it takes.
  std::size_t shrink() noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.shrink();
  }

  std::size_t alignment() const noexcept { return pool_.alignment(); }
  static constexpr std::size_t buffer_bytes(std::size_t pieces, std::size_t byte_size,
                                            std::size_t alignment = default_alignment) noexcept {
    return Pool::buffer_bytes(pieces, byte_size, alignment);
  }
};

}  // namespace poolproof
