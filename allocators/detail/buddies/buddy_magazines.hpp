// BuddyMagazines: the small blocks that one thread keeps for itself, in front of a BuddyPool: a
// stack of blocks for each small order. A full one gives half of it up, an empty one fetches a few.
//
// Plain variables: one thread works on them at a time. The pool looks at them, and empties them,
// with nobody inside.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "buddy_pool.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder>
class CachedBuddyAllocator;

template <Backend B, unsigned WordOrder>
class BuddyMagazines {
  using Pool = BuddyPool<B, WordOrder>;

 public:
  static constexpr unsigned most_orders = 9;
  // Blocks of an order: fewer of the larger ones.
  static constexpr std::uint32_t most(unsigned order) noexcept {
    constexpr std::uint32_t of[most_orders] = {32, 32, 16, 16, 8, 8, 4, 4, 4};
    return of[order];
  }
  // How many orders have a magazine: for blocks of at most 4 KiB.
  static constexpr unsigned orders_for(std::size_t leaf_size) noexcept {
    constexpr std::size_t most_bytes = 4096;
    unsigned orders = 0;
    while (orders != most_orders && leaf_size << orders <= most_bytes) ++orders;
    return orders;
  }
  static constexpr std::size_t most_leaves(std::size_t leaf_size) noexcept {
    std::size_t leaves = 0;
    for (unsigned o = orders_for(leaf_size); o-- != 0;) leaves += std::size_t{most(o)} << o;
    return leaves;
  }

  BuddyMagazines() = default;
  BuddyMagazines(const BuddyMagazines&) = delete;
  BuddyMagazines& operator=(const BuddyMagazines&) = delete;

  // Null: none, or gone.
  Pool* pool() const noexcept { return pool_; }

  void* alloc(std::size_t byte_size, std::size_t alignment) noexcept {
    if (pool_ == nullptr) [[unlikely]]
      return nullptr;
    const unsigned order = pool_->order_for(byte_size, alignment);
    if (order >= orders_) [[unlikely]]
      return order == Pool::no_order ? nullptr : alloc_shared(order);
    const std::uint32_t count = counts_[order].get();
    if (count == 0) [[unlikely]]
      return refill(order);
    counts_[order].set(count - 1);
    void* block = slots(order)[count - 1].get();
    pool_->unkeep(block);
    return block;
  }
  void free(void* block) noexcept {
    if (pool_ == nullptr) [[unlikely]]
      return;
    const unsigned order = pool_->keep(block, orders_);
    if (order >= orders_) [[unlikely]] {
      static_cast<void>(pool_->free(block));
      return;
    }
    if (counts_[order].get() == most(order)) [[unlikely]]
      give_up(order, most(order) / 2);
    const std::uint32_t count = counts_[order].get();
    slots(order)[count].set(block);
    counts_[order].set(count + 1);
  }

  // Gives all blocks back to the pool.
  void empty() noexcept {
    for (unsigned order = 0; order != orders_; ++order) give_up(order, counts_[order].get());
  }

  // At rest: what is in them is kept, and of the right size.
  const char* violation() const noexcept {
    for (unsigned order = 0; order != orders_; ++order) {
      for (std::uint32_t i = 0; i != counts_[order].get(); ++i) {
        if (!pool_->is_kept(slots(order)[i].get(), order)) {
          return "a block in a magazine is not one of its order that is kept";
        }
      }
    }
    return nullptr;
  }
  std::size_t leaves() const noexcept {
    std::size_t leaves = 0;
    for (unsigned order = 0; order != orders_; ++order) {
      leaves += std::size_t{counts_[order].get()} << order;
    }
    return leaves;
  }

  template <class Visitor>
  void describe(Visitor&& visit) const {
    for (const auto& count : counts_) visit.bookkeeping("count", count);
  }

 private:
  friend CachedBuddyAllocator<B, WordOrder>;
  using Slot = typename B::template var<void*>;

  static constexpr std::size_t first_slot(unsigned order) noexcept {
    std::size_t first = 0;
    for (unsigned o = 0; o != order; ++o) first += most(o);
    return first;
  }
  static constexpr std::array<std::uint8_t, most_orders + 1> first_slots = [] {
    std::array<std::uint8_t, most_orders + 1> firsts{};
    for (unsigned o = 0; o <= most_orders; ++o)
      firsts[o] = static_cast<std::uint8_t>(first_slot(o));
    return firsts;
  }();
  Slot* slots(unsigned order) noexcept { return slots_ + first_slots[order]; }
  const Slot* slots(unsigned order) const noexcept { return slots_ + first_slots[order]; }

  void begin(Pool& pool, std::uint32_t lane) noexcept {
    pool_ = &pool;
    lane_ = lane;
    orders_ = orders_for(pool.leaf_size());
  }
  // The pool is gone, and its memory with it.
  void forget() noexcept {
    for (auto& count : counts_) count.set(0);
    pool_ = nullptr;
  }

  // The first block is the caller's; a few more are kept, if they can be had without growing.
  [[gnu::noinline]] void* refill(unsigned order) noexcept {
    void* block = alloc_shared(order);
    if (block == nullptr) return nullptr;
    const std::uint32_t wanted = most(order) / 4;
    std::uint32_t count = 0;
    while (count != wanted) {
      void* more = pool_->alloc_quickly(order, lane_);
      if (more == nullptr) break;
      static_cast<void>(pool_->keep(more, orders_));
      slots(order)[count++].set(more);
    }
    counts_[order].set(count);
    return block;
  }
  // The blocks that this handle keeps may be all that is missing.
  void* alloc_shared(unsigned order) noexcept {
    void* block = pool_->alloc_quickly(order, lane_);
    if (block != nullptr) return block;
    empty();
    return pool_->alloc(order, lane_);
  }
  [[gnu::noinline]] void give_up(unsigned order, std::uint32_t blocks) noexcept {
    std::uint32_t count = counts_[order].get();
    for (; blocks != 0; --blocks) {
      void* block = slots(order)[--count].get();
      pool_->unkeep(block);
      static_cast<void>(pool_->free(block));
    }
    counts_[order].set(count);
  }

  Pool* pool_ = nullptr;
  std::uint32_t lane_ = 0;
  unsigned orders_ = 0;  // that have a magazine
  typename B::template var<std::uint32_t> counts_[most_orders];
  Slot slots_[first_slot(most_orders)];
  BuddyMagazines* next_ = nullptr;  // of the same pool, guarded by its registry
};

}  // namespace poolproof
