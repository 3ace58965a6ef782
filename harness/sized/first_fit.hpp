// FirstFit: a sound allocator of pieces of any size, kept as simple as can be, with one fault that
// a test switches on, to see the oracle that must catch it. Fault is a struct with the hooks that
// it wants to change.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <map>
#include <mutex>

#include "allocators/allocator.hpp"
#include "allocators/sizes.hpp"

namespace poolproof {

struct NoSizedFault {
  // The n-th alloc of bytes (rounded) would find this place free: return that, or something else.
  std::byte* on_place(std::byte* place, std::size_t, std::size_t) { return place; }
  // What is granted of an alloc: bytes, or fewer.
  std::size_t on_bytes(std::size_t bytes, std::size_t) { return bytes; }
  // The n-th free: false swallows it.
  bool on_free(void*, std::size_t) { return true; }
  // What an alignment becomes.
  std::size_t on_alignment(std::size_t alignment) { return alignment; }
  bool on_deinit() { return true; }
  const char* on_violation() const { return nullptr; }
};

// The used pieces are in a map; the holes between them are looked at one after the other.
// Mutex: the backend's, where it runs in a model.
template <class Fault = NoSizedFault, class Mutex = std::mutex>
class FirstFit final : public Allocator {
 public:
  FirstFit() = default;
  ~FirstFit() override { deinit(); }

  InitResult init(void* buffer, std::size_t size, std::size_t unit) {
    begin_ = static_cast<std::byte*>(buffer);
    size_ = size;
    unit_ = unit;
    return {};
  }
  // One chunk of so many bytes, when the first piece is wanted.
  InitResult init(Allocator& base, std::size_t size, std::size_t unit) {
    base_ = &base;
    return init(nullptr, size, unit);
  }
  void deinit() {
    if (!fault_.on_deinit()) return;
    if (base_ != nullptr && begin_ != nullptr) base_->free(begin_);
    base_ = nullptr;
    begin_ = nullptr;
    size_ = 0;
  }

  void* alloc(std::size_t bytes) noexcept override { return alloc_aligned(bytes, unit_); }
  void* alloc_aligned(std::size_t bytes, std::size_t alignment) noexcept override {
    const std::lock_guard lock(mutex_);
    if (bytes == 0 || bytes > size_ || !std::has_single_bit(alignment) || alignment > size_)
      return nullptr;
    if (begin_ == nullptr && base_ != nullptr) {
      begin_ = static_cast<std::byte*>(base_->alloc_aligned(size_, unit_));
    }
    if (begin_ == nullptr) return nullptr;
    const std::size_t n = allocs_++;
    const std::size_t rounded = align_up(bytes, unit_);
    std::byte* place = fault_.on_place(hole(rounded, fault_.on_alignment(alignment)), rounded, n);
    if (place != nullptr) used_[place] = align_up(fault_.on_bytes(bytes, n), unit_);
    return place;
  }
  void free(void* piece) noexcept override {
    const std::lock_guard lock(mutex_);
    if (fault_.on_free(piece, frees_++)) used_.erase(static_cast<std::byte*>(piece));
  }
  bool owns(const void* pointer) const noexcept override {
    return address(pointer) - address(begin_) < size_;
  }

  std::size_t largest_free() const {
    const std::lock_guard lock(mutex_);
    std::size_t largest = 0;
    for_holes([&](const std::byte* begin, const std::byte* end) {
      largest = std::max(largest, static_cast<std::size_t>(end - begin));
      return false;
    });
    return largest;
  }
  std::size_t used() const {
    const std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const auto& [place, bytes] : used_) sum += bytes;
    return sum;
  }
  const char* violation() const { return fault_.on_violation(); }
  bool must_fit(const void* begin, const void* end, std::size_t bytes,
                std::size_t alignment) const noexcept {
    if (!owns(begin)) return false;
    const std::size_t skip = bytes_to_alignment(begin, alignment);
    const std::size_t have = std::min(address(end), address(begin_) + size_) - address(begin);
    return skip <= have && align_up(bytes, unit_) <= have - skip;
  }

 private:
  // Until stop(begin, end) is true; returns where, or nullptr.
  template <class Stop>
  std::byte* for_holes(Stop stop) const {
    if (begin_ == nullptr) return nullptr;
    std::byte* begin = begin_;
    for (const auto& [place, bytes] : used_) {
      if (place > begin && stop(begin, place)) return begin;
      begin = std::max(begin, place + bytes);
    }
    return begin < begin_ + size_ && stop(begin, begin_ + size_) ? begin : nullptr;
  }
  std::byte* hole(std::size_t bytes, std::size_t alignment) const {
    std::byte* place = for_holes([&](const std::byte* begin, const std::byte* end) {
      return must_fit(begin, end, bytes, alignment);
    });
    return place == nullptr ? nullptr : place + bytes_to_alignment(place, alignment);
  }

  Fault fault_;
  mutable Mutex mutex_;
  std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t unit_ = 1;
  Allocator* base_ = nullptr;
  std::map<std::byte*, std::size_t> used_;
  std::size_t allocs_ = 0;
  std::size_t frees_ = 0;
};

}  // namespace poolproof
