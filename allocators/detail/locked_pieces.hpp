// LockedPieces<B, Pool>: a LockedFront of pieces of any size.
#pragma once

#include <cstddef>
#include <mutex>

#include "locked_front.hpp"

namespace poolproof {

template <Backend B, class Pool>
class LockedPieces : public LockedFront<B, Pool> {
 public:
  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.alloc(byte_size);
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.alloc_aligned(byte_size, alignment);
  }
  void free(void* piece) noexcept override {
    const std::lock_guard lock(mutex_);
    pool_.free(piece);
  }

  std::size_t largest_free() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.largest_free();
  }
  std::size_t size_of(const void* piece) const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.size_of(piece);
  }

  // As Pool's. "At rest" is here: while the lock is held.
  const char* violation() const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.violation();
  }
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    const std::lock_guard lock(mutex_);
    return pool_.must_fit(begin, end, byte_size, alignment);
  }

 protected:
  LockedPieces() = default;
  using LockedFront<B, Pool>::mutex_;
  using LockedFront<B, Pool>::pool_;
};

}  // namespace poolproof
