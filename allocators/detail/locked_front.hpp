// LockedFront<B, Pool, Interface>: what every pool behind one mutex shares.
//
// Why it is correct: every access to the pool lies between lock and unlock of mutex_, so each
// happens before the next, and what a thread wrote into memory before it freed that happens before
// alloc hands it to another thread. What is constant once the pool is set up is read without the
// lock.
// Progress: blocking. Any number of threads; but set-up and deinit are for one thread, with nobody
// else inside. The base is asked with the lock held, so it need not be thread-safe for this pool's
// sake.
#pragma once

#include <cstddef>
#include <mutex>

#include "../allocator.hpp"
#include "../backend.hpp"

namespace poolproof {

template <Backend B, class Pool, class Interface = Allocator>
class LockedFront : public Interface {
 public:
  void deinit() noexcept { pool_.deinit(); }
  bool valid() const noexcept { return pool_.valid(); }

  bool owns(const void* pointer) const noexcept override {
    const std::lock_guard lock(mutex_);
    return pool_.owns(pointer);
  }
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

  // For tools that show the pool's variables: takes addresses only, and touches no shared variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("mutex", mutex_);
    pool_.describe(visit);
  }

 protected:
  LockedFront() = default;

  mutable typename B::mutex mutex_;
  Pool pool_;
};

}  // namespace poolproof
