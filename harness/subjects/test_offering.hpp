// Offering: a subject that offers all that one may, under a mutex, with a fault in one of these.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

#include "allocators/allocator.hpp"

namespace poolproof {

enum class OfferingFault { none, many_twice, too_many, small_shares, keeps_chunk, writes_behind };

// Mutex: one that the engine sees.
template <OfferingFault fault, class Mutex = std::mutex>
class Offering {
 public:
  Offering(void* memory, std::size_t blocks, std::size_t size) : size_(size) {
    add(static_cast<std::byte*>(memory), blocks);
  }
  Offering(Allocator& base, std::size_t blocks_per_chunk, std::size_t size)
      : base_(&base), per_chunk_(blocks_per_chunk), size_(size) {}
  Offering(const Offering&) = delete;
  Offering& operator=(const Offering&) = delete;
  ~Offering() {
    for (void* chunk : chunks_) {
      if (fault != OfferingFault::keeps_chunk || chunk != chunks_.front()) base_->free(chunk);
    }
  }

  void* alloc() { return alloc(size_); }
  void* alloc(std::size_t bytes) {
    const std::lock_guard<Mutex> lock(mutex_);
    if (fault == OfferingFault::small_shares && bytes <= size_ / 2 && !free_.empty()) {
      return free_.back();  // there is more room in it
    }
    return take();
  }
  void free(void* block) {
    const std::lock_guard<Mutex> lock(mutex_);
    free_.push_back(static_cast<std::byte*>(block));
  }
  std::size_t alloc_many(std::span<void*> blocks) {
    const std::lock_guard<Mutex> lock(mutex_);
    std::size_t count = 0;
    while (count != blocks.size() && (blocks[count] = take()) != nullptr) ++count;
    if (fault == OfferingFault::many_twice && count > 1) blocks[1] = blocks[0];
    return fault == OfferingFault::too_many && count != 0 ? blocks.size() + 1 : count;
  }
  void free_many(std::span<void* const> blocks) {
    for (void* block : blocks) free(block);
  }

 private:
  void add(std::byte* memory, std::size_t blocks) {
    for (std::size_t i = 0; i != blocks; ++i) free_.push_back(memory + i * size_);
  }
  void* take() {
    if (free_.empty()) grow();
    if (free_.empty()) return nullptr;
    void* block = free_.back();
    free_.pop_back();
    return block;
  }
  void grow() {
    if (base_ == nullptr) return;
    void* chunk = base_->alloc_aligned(per_chunk_ * size_, 64);
    if (chunk == nullptr) return;
    chunks_.push_back(chunk);
    add(static_cast<std::byte*>(chunk), per_chunk_);
    if (fault == OfferingFault::writes_behind) {
      static_cast<std::byte*>(chunk)[per_chunk_ * size_] = std::byte{1};
    }
  }

  Allocator* base_ = nullptr;
  std::size_t per_chunk_ = 0;
  std::size_t size_;
  Mutex mutex_;
  std::vector<std::byte*> free_;
  std::vector<void*> chunks_;
};

}  // namespace poolproof
