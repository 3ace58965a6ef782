// HeldRing: what an actor holds, in the order in which it got it. For one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace poolproof {

template <class T>
class HeldRing {
 public:
  explicit HeldRing(std::uint32_t most) : items_(std::make_unique<T[]>(most)), most_(most) {}

  std::uint32_t size() const noexcept { return size_; }
  void clear() noexcept { first_ = size_ = 0; }
  // At most `most` are held.
  void hold(T item) noexcept { items_[place(size_++)] = item; }
  // Item i in the order of hold; the newest comes into its place.
  T take(std::uint32_t i) noexcept {
    return std::exchange(items_[place(i)], items_[place(--size_)]);
  }
  // Keeps the order.
  T take_oldest() noexcept {
    T oldest = items_[first_];
    first_ = place(1);
    --size_;
    return oldest;
  }

 private:
  std::uint32_t place(std::uint32_t i) const noexcept {
    const std::uint32_t sum = first_ + i;
    return sum < most_ ? sum : sum - most_;
  }

  std::unique_ptr<T[]> items_;
  std::uint32_t most_;
  std::uint32_t first_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace poolproof
