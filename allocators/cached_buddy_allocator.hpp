// CachedBuddyAllocator: pieces of any size for any number of threads, each with magazines of its
// own for the small orders in front of a shared, lock-free buddy pool. Saturated, an alloc and a
// free work on the magazines alone, with no atomic operation. Use it where threads allocate and
// free small pieces all the time. Not where every last leaf must be had by every thread: each
// handle may keep most_kept() bytes from the others, and what it keeps is merged with nothing.
//
//   CachedBuddyAllocator<> pool(buffer, sizeof buffer, 64, 14);
//   auto cache = pool.cache();       // in each thread
//   void* piece = cache.alloc(100);
//   cache.free(piece);               // or any other thread's cache, or the pool itself
//
// Why it is correct. Under it lies a LocklessBuddyAllocator's pool, for which a block in a magazine
// is in use, by the handle. The magazines are plain variables, that one thread works on at a time.
// A handle remembers where the leaves and orders of one chunk lie; a chunk stays until deinit,
// which lets all handles forget. A block's order says whether it lies in a magazine: its owner
// alone writes that, the user before he frees it, then the handle. So a free of what is free
// already is seen, by whatever way it comes. Progress: as LocklessBuddyAllocator; a handle is made
// and ended under a mutex. Failure: a handle's alloc answers nullptr only after it gave up all that
// it keeps, and for the reasons of LocklessBuddyAllocator; what other handles keep is not free.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "detail/buddies/buddy_front.hpp"
#include "detail/buddies/buddy_magazines.hpp"
#include "detail/lane.hpp"

namespace poolproof {

template <Backend B = StdBackend, unsigned WordOrder = 6>
class CachedBuddyAllocator final : public BuddyFront<BuddyPool<B, WordOrder>> {
  using Front = BuddyFront<BuddyPool<B, WordOrder>>;
  using Front::pool_;
  using Magazines = BuddyMagazines<B, WordOrder>;

 public:
  class Cache;
  using Front::valid;
  // Up to this order an alloc never fails spuriously; see Failure above.
  static constexpr std::size_t largest_certain_order = WordOrder;

  CachedBuddyAllocator() = default;
  // As init; valid() says whether it worked.
  CachedBuddyAllocator(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                       unsigned largest_order) noexcept {
    static_cast<void>(this->init(buffer, buffer_size, leaf_size, largest_order));
  }
  CachedBuddyAllocator(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    static_cast<void>(this->init(base, leaf_size, largest_order));
  }
  ~CachedBuddyAllocator() override { deinit(); }

  // Gives every chunk back, once; all pieces are gone, those in magazines too. Handles that live on
  // are without a pool: their alloc answers nullptr, their free does nothing. For one thread, with
  // nobody else inside, or in one of the handles.
  void deinit() noexcept {
    {
      const std::lock_guard lock(registry_);
      for (Magazines* each = first_; each != nullptr; each = std::exchange(each->next_, nullptr)) {
        each->forget();
      }
      first_ = nullptr;
    }
    pool_.deinit();
  }

  // A handle for one thread at a time. Any thread, also while others are inside.
  [[nodiscard]] Cache cache() noexcept { return Cache(*this); }

  // Without a handle: past all magazines. As LocklessBuddyAllocator.
  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return pool_.alloc(pool_.order_for(byte_size, 1), lane_of<B>());
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return pool_.alloc(pool_.order_for(byte_size, alignment), lane_of<B>());
  }
  void free(void* pointer) noexcept override {
    if (pointer != nullptr) static_cast<void>(pool_.free(pointer));
  }

  // Empties all magazines; the handles go on. For a pool at rest: nobody inside, nor in a handle.
  void reclaim() noexcept {
    const std::lock_guard lock(registry_);
    for (Magazines* each = first_; each != nullptr; each = each->next_) each->empty();
  }

  // Bytes handed out, as rounded up. At rest. No peak(): see LocklessBuddyAllocator.
  std::size_t used() const noexcept { return pool_.used() - kept(); }
  // The most bytes that one handle ever keeps from the other threads.
  std::size_t most_kept() const noexcept {
    return valid() ? Magazines::most_leaves(this->leaf_size()) * this->leaf_size() : 0;
  }

  // At rest.
  const char* violation() const noexcept {
    std::size_t leaves = 0;
    const std::lock_guard lock(registry_);
    for (const Magazines* each = first_; each != nullptr; each = each->next_) {
      if (const char* what = each->violation(); what != nullptr) return what;
      leaves += each->leaves();
    }
    if (pool_.kept_leaves() != leaves) return "a block is kept, but in no magazine";
    return pool_.violation();
  }

  // For tools that show the variables: see LocklessBuddyAllocator.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    pool_.describe(visit);
    visit("registry", registry_);
  }

 private:
  void attach(Magazines& magazines) noexcept {
    if (!valid()) return;
    const std::lock_guard lock(registry_);
    // One thread may make the handles of all: each begins its searches elsewhere.
    constexpr std::uint32_t apart = 0x9e37'79b1;
    magazines.begin(pool_, lane_of<B>() + apart * handles_++);
    magazines.next_ = std::exchange(first_, &magazines);
  }
  void leave(Magazines& magazines) noexcept {
    magazines.empty();
    const std::lock_guard lock(registry_);
    Magazines** place = &first_;
    while (*place != &magazines) place = &(*place)->next_;
    *place = magazines.next_;
  }
  std::size_t kept() const noexcept {
    std::size_t leaves = 0;
    const std::lock_guard lock(registry_);
    for (const Magazines* each = first_; each != nullptr; each = each->next_) {
      leaves += each->leaves();
    }
    return leaves * this->leaf_size();
  }

  mutable typename B::mutex registry_;
  Magazines* first_ = nullptr;  // of those that are attached; guarded by registry_
  std::uint32_t handles_ = 0;   // made so far, modulo 2^32; guarded by registry_
};

// One thread's way into a pool. Gives back on destruction what it keeps. It may outlive the pool,
// but is not to be ended, or used, while another thread ends the pool.
template <Backend B, unsigned WordOrder>
class alignas(64) CachedBuddyAllocator<B, WordOrder>::Cache final : public Allocator {
 public:
  // With a pool that is not initialised, a handle without a pool.
  explicit Cache(CachedBuddyAllocator& pool) noexcept : owner_(&pool) { pool.attach(magazines_); }
  ~Cache() override {
    if (magazines_.pool() != nullptr) owner_->leave(magazines_);
  }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return magazines_.alloc(byte_size);
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return magazines_.alloc_aligned(byte_size, alignment);
  }
  // A piece of this pool, from whatever way. Stops the program on any other pointer.
  void free(void* pointer) noexcept override {
    if (pointer != nullptr) magazines_.free(pointer);
  }

  // The pool's; without a pool, false.
  bool owns(const void* pointer) const noexcept override {
    return magazines_.pool() != nullptr && magazines_.pool()->owns(pointer);
  }

  // For tools: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    magazines_.describe(visit);
  }

 private:
  CachedBuddyAllocator* owner_;
  Magazines magazines_;
};

}  // namespace poolproof
