// Magazines: the blocks that one thread keeps for itself, in front of a CachedBlockAllocator. Two
// lists of free blocks, linked inside the blocks themselves: the loaded magazine, which allocs and
// frees work on, and a spare one, full or not there. The spare is what keeps a thread that goes
// back and forth across the end of a magazine from asking the depot each time (J. Bonwick and
// J. Adams, "Magazines and Vmem", USENIX 2001).
//
// Plain variables: one thread works on them at a time. The pool looks at them, and empties them,
// with nobody inside. Trivial to destroy in production, so that they can be thread_local and cost
// no guard; who owns them sees to it that they are left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../std_backend.hpp"

namespace poolproof {

template <Backend B>
class CachedBlockAllocator;

// A list of free blocks that is somebody's own.
struct Magazine {
  void* first = nullptr;
  std::uint32_t count = 0;
};

// The link inside a free block.
template <Backend B>
class InnerLink {
 public:
  static constexpr std::size_t size = sizeof(typename B::template var<void*>);
  static constexpr std::size_t alignment = alignof(typename B::template var<void*>);

  // block becomes a free one, with this link.
  static void make(void* block, void* next) noexcept { std::construct_at(of(block), next); }
  static void* get(const void* block) noexcept {
    return static_cast<const typename B::template var<void*>*>(block)->get();
  }
  static void set(void* block, void* next) noexcept { of(block)->set(next); }
  // block is somebody's from now on, to write into.
  static void end(void* block) noexcept { std::destroy_at(of(block)); }

 private:
  static typename B::template var<void*>* of(void* block) noexcept {
    return static_cast<typename B::template var<void*>*>(block);
  }
};

template <Backend B>
class Magazines {
 public:
  constexpr Magazines() noexcept = default;

  // Null: none, or gone.
  CachedBlockAllocator<B>* pool() const noexcept { return pool_; }

  // A block of the loaded magazine; nullptr when that is empty.
  void* pop() noexcept {
    void* block = loaded_.get();
    if (block == nullptr) [[unlikely]]
      return nullptr;
    loaded_.set(InnerLink<B>::get(block));
    InnerLink<B>::end(block);
    count_.set(count_.get() - 1);
    return block;
  }
  // false: the loaded magazine is full, or there is no pool.
  bool push(void* block) noexcept {
    const std::uint32_t count = count_.get();
    if (count == most_) [[unlikely]]
      return false;
    InnerLink<B>::make(block, loaded_.get());
    loaded_.set(block);
    count_.set(count + 1);
    return true;
  }

  // pop, or a block of the spare magazine, or of one of the pool's; nullptr when the pool has none.
  void* alloc() noexcept {
    void* block = pop();
    return block != nullptr ? block : refill();
  }
  // Without a pool the block is dropped: its memory has gone with the pool.
  void free(void* block) noexcept {
    if (!push(block)) [[unlikely]]
      make_room_for(block);
  }

  // For tools: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit.bookkeeping("loaded", loaded_);
    visit.bookkeeping("count", count_);
    visit.bookkeeping("spare", spare_);
  }

 private:
  friend CachedBlockAllocator<B>;

  void* refill() noexcept;
  void make_room_for(void* block) noexcept;
  void load(const Magazine& magazine) noexcept {
    loaded_.set(magazine.first);
    count_.set(magazine.count);
  }
  Magazine unload() noexcept {
    const Magazine loaded{loaded_.get(), count_.get()};
    load({});
    return loaded;
  }
  Magazine unload_spare() noexcept {
    void* spare = spare_.get();
    spare_.set(nullptr);
    return {spare, spare == nullptr ? 0 : most_};
  }

  typename B::template var<void*> loaded_;
  typename B::template var<std::uint32_t> count_;  // of blocks in the loaded magazine
  std::uint32_t most_ = 0;                         // of blocks in one; 0: no pool
  typename B::template var<void*> spare_;          // none, or full
  CachedBlockAllocator<B>* pool_ = nullptr;
  std::uint32_t fresh_ = 1;    // how many never used blocks it may have at the next time
  Magazines* next_ = nullptr;  // of the same pool, guarded by its registry
};

}  // namespace poolproof
