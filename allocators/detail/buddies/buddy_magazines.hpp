// BuddyMagazines: the small blocks that one thread keeps for itself, in front of a BuddyPool: a
// stack of blocks for each small order. A full one gives half of it up, an empty one fetches a few.
//
// Plain variables: one thread works on them at a time. The pool looks at them, and empties them,
// with nobody inside.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "buddy_pool.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder>
class CachedBuddyAllocator;

template <Backend B, unsigned WordOrder>
class BuddyMagazines {
  using Pool = BuddyPool<B, WordOrder>;
  using Chunk = typename Pool::Chunk;
  using Order = typename Chunk::Order;

 public:
  static constexpr unsigned most_orders = 9;
  // Blocks of an order: fewer of the larger ones.
  static constexpr std::uint32_t most(unsigned order) noexcept {
    constexpr std::uint32_t of[most_orders] = {64, 32, 16, 16, 16, 16, 8, 4, 4};
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

  void* alloc(std::size_t byte_size) noexcept {
    if (!small(byte_size)) [[unlikely]]
      return alloc_other(byte_size, 1);
    return pop(order_for_small(byte_size));
  }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept {
    const bool power = (alignment & (alignment - 1)) == 0;
    if (!small(byte_size) || !small(alignment) || !power) [[unlikely]]
      return alloc_other(byte_size, alignment);
    return pop(order_for_small(std::max(byte_size, alignment)));
  }
  void free(void* block) noexcept {
    const std::size_t leaf = here_.at(block);
    if (leaf >= here_.count) [[unlikely]]
      return free_elsewhere(block);
    Order& its = here_.orders[leaf];
    const unsigned order = its.get() - 1U;
    if (order >= orders_) [[unlikely]]  // or not in use, which stops the program
      return static_cast<void>(pool_->free(block));
    std::uint32_t count = counts_[order].get();
    if (count == most(order)) [[unlikely]]
      count = give_up(order, most(order) / 2);
    Chunk::mark_kept(its, order);
    slots(order)[count].set(block);
    counts_[order].set(count + 1);
  }

  // Gives all blocks back to the pool.
  void empty() noexcept {
    for (unsigned order = 0; order != orders_; ++order) {
      static_cast<void>(give_up(order, counts_[order].get()));
    }
  }

  // At rest: what is in them is kept, and of the right size.
  const char* violation() const noexcept {
    for (unsigned order = 0; order != orders_; ++order) {
      for (std::uint32_t i = 0; i != counts_[order].get(); ++i) {
        const void* block = slots(order)[i].get();
        const typename Chunk::Leaves around = pool_->leaves_around(block);
        if (!Chunk::is_kept(around.orders[around.at(block)], order)) {
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
    orders_ = std::min(orders_for(pool.leaf_size()), pool.largest_order() + 1);
    most_bytes_ = orders_ == 0 ? 0 : pool.leaf_size() << (orders_ - 1);
    below_leaf_ = pool.leaf_size() - 1;
    here_ = {.shift = static_cast<unsigned>(std::bit_width(below_leaf_))};
  }
  // The pool is gone, and its memory with it.
  void forget() noexcept {
    for (auto& count : counts_) count.set(0);
    pool_ = nullptr;
    most_bytes_ = 0;
    here_ = {};
  }

  // Not 0, and not too large for a magazine. False without a pool.
  bool small(std::size_t bytes) const noexcept { return bytes - 1 < most_bytes_; }
  unsigned order_for_small(std::size_t bytes) const noexcept {
    constexpr std::size_t any = 1;  // so that the compiler sees that it is not 0
    return static_cast<unsigned>(std::bit_width((bytes - 1) | below_leaf_ | any)) - here_.shift;
  }
  [[gnu::noinline]] void* alloc_other(std::size_t byte_size, std::size_t alignment) noexcept {
    if (pool_ == nullptr) return nullptr;
    const unsigned order = pool_->order_for(byte_size, alignment);
    if (order < orders_) return pop(order);
    return order == Pool::no_order ? nullptr : alloc_shared(order);
  }
  void* pop(unsigned order) noexcept {
    const std::uint32_t count = counts_[order].get();
    if (count == 0) [[unlikely]]
      return refill(order);
    counts_[order].set(count - 1);
    void* block = slots(order)[count - 1].get();
    Chunk::mark_used(order_of(block), order);
    return block;
  }
  // Returns the place that holds the order of a block in use.
  Order& order_of(const void* block) noexcept {
    const std::size_t leaf = here_.at(block);
    if (leaf < here_.count) [[likely]]
      return here_.orders[leaf];
    here_ = pool_->leaves_around(block);
    return here_.orders[here_.at(block)];
  }
  [[gnu::noinline]] void free_elsewhere(void* block) noexcept {
    if (pool_ == nullptr) return;
    here_ = pool_->leaves_around(block);
    free(block);
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
      Chunk::mark_kept(order_of(more), order);
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
  // Answers how many are left.
  [[gnu::noinline]] std::uint32_t give_up(unsigned order, std::uint32_t blocks) noexcept {
    std::uint32_t count = counts_[order].get();
    for (; blocks != 0; --blocks) {
      void* block = slots(order)[--count].get();
      Chunk::mark_used(order_of(block), order);
      static_cast<void>(pool_->free(block));
    }
    counts_[order].set(count);
    return count;
  }

  Pool* pool_ = nullptr;
  typename Chunk::Leaves here_;  // of the chunk that a block was last found in
  std::size_t most_bytes_ = 0;   // of a block that has a magazine
  std::size_t below_leaf_ = 0;   // a leaf's bytes - 1
  unsigned orders_ = 0;          // that have a magazine
  std::uint32_t lane_ = 0;
  typename B::template var<std::uint32_t> counts_[most_orders];
  Slot slots_[first_slot(most_orders)];
  BuddyMagazines* next_ = nullptr;  // of the same pool, guarded by its registry
};

}  // namespace poolproof
