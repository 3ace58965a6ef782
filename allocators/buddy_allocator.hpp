// BuddyAllocator: pieces of any size, for one thread at a time, out of a buffer that it never
// leaves or out of chunks of a base. A binary buddy system (K. C. Knowlton, CACM 8, 1965; D. E.
// Knuth, TAOCP 1, 2.5): a piece takes a block of 2^k leaves, aligned to its size. Use it where
// pieces of many sizes come and go. Not where all are of one size (BlockAllocator), nor where a
// piece rounded up to a power of two wastes too much.
//
// Why it is correct: it is LocklessBuddyAllocator with plain variables, so what is said there
// holds, and no alloc fails while an aligned run of free leaves is there for it. The variables are
// the backend's, so that a checker sees two threads that use this class without a lock.
#pragma once

#include <cstddef>

#include "detail/buddies/buddy_front.hpp"
#include "detail/unshared.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder = 6>
class BasicBuddyAllocator final : public BuddyFront<BuddyPool<Unshared<B>, WordOrder>> {
  using Front = BuddyFront<BuddyPool<Unshared<B>, WordOrder>>;
  using Front::pool_;

 public:
  // No alloc of any order fails spuriously.
  static constexpr std::size_t largest_certain_order = BuddyGeometry::most_orders;

  BasicBuddyAllocator() = default;
  // As init; valid() says whether it worked.
  BasicBuddyAllocator(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                      unsigned largest_order) noexcept {
    static_cast<void>(this->init(buffer, buffer_size, leaf_size, largest_order));
  }
  BasicBuddyAllocator(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    static_cast<void>(this->init(base, leaf_size, largest_order));
  }

  // All as LocklessBuddyAllocator.
  void deinit() noexcept {
    pool_.deinit();
    used_.set(0);
    peak_.set(0);
  }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return alloc_order(pool_.order_for(byte_size, 1));
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return alloc_order(pool_.order_for(byte_size, alignment));
  }
  void free(void* pointer) noexcept override {
    if (pointer == nullptr) return;
    used_.set(used_.get() - (this->leaf_size() << pool_.free(pointer)));
  }

  std::size_t used() const noexcept { return used_.get(); }  // bytes
  // The most bytes that were handed out at the same time since init.
  std::size_t peak() const noexcept { return peak_.get(); }

  const char* violation() const noexcept {
    if (pool_.used() != used()) return "used() is not what the blocks in use add up to";
    return pool_.violation();
  }

  // For tools that show the variables: see LocklessBuddyAllocator.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("used", used_), visit("peak", peak_);
    pool_.describe(visit);
  }

 private:
  void* alloc_order(unsigned order) noexcept {
    void* found = pool_.alloc(order, 0);
    if (found == nullptr) return nullptr;
    const std::size_t now = used() + (this->leaf_size() << order);
    used_.set(now);
    if (now > peak()) peak_.set(now);
    return found;
  }

  typename B::template var<std::size_t> used_;
  typename B::template var<std::size_t> peak_;
};

using BuddyAllocator = BasicBuddyAllocator<StdBackend>;

}  // namespace poolproof
