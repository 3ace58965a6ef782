// CheckedBase: the base of a hardened pool. It sees to it that chunks are aligned as asked and do
// not overlap, and knows between which addresses all of them lie.
//
// A thread that holds a block got it from the pool, which passed the chunk on to that thread, and
// the bounds with it: so relaxed is enough.
//   (1) load of the lowest address, relaxed: only who grows the pool stores it, one at a time.
//   (2) store of the lowest address, relaxed: for (5).
//   (3) load of the end, relaxed: as (1).
//   (4) store of the end, relaxed: for (6).
//   (5) near's load of the lowest address, relaxed: it sees (2) for the chunk of a block in use.
//   (6) near's load of the end, relaxed: as (5), of (4).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "../allocator.hpp"
#include "../sizes.hpp"
#include "misuse.hpp"

namespace poolproof {

// Asked by one thread at a time, as every base; near may be called by any thread.
class CheckedBase final : public Allocator {
 public:
  // base is not owned. name: of the pool, for reports.
  void begin(Allocator& base, const char* name) noexcept {
    base_ = &base;
    name_ = name;
  }

  // A chunk of a base has a note of its own behind its bytes.
  void* alloc(std::size_t byte_size) noexcept override {
    return alloc_aligned(byte_size, alignof(std::max_align_t));
  }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    const std::size_t note_offset = align_up(byte_size, alignof(Note));
    const std::size_t bytes = size_add(note_offset, sizeof(Note));
    void* chunk = base_->alloc_aligned(bytes, std::max(alignment, alignof(Note)));
    if (chunk == nullptr) return nullptr;
    if (!is_good(chunk, bytes, alignment)) return nullptr;
    newest_ = ::new (static_cast<std::byte*>(chunk) + note_offset) Note{newest_, chunk, bytes};
    const std::uintptr_t lowest = lowest_.load(std::memory_order_relaxed);         // (1)
    lowest_.store(std::min(lowest, address(chunk)), std::memory_order_relaxed);    // (2)
    const std::uintptr_t end = end_.load(std::memory_order_relaxed);               // (3)
    end_.store(std::max(end, address(chunk) + bytes), std::memory_order_relaxed);  // (4)
    return chunk;
  }
  void free(void* chunk) noexcept override {
    Note** link = &newest_;
    while (*link != nullptr && (*link)->chunk != chunk) link = &(*link)->before;
    if (*link != nullptr) {
      const std::size_t bytes = (*link)->bytes;
      *link = (*link)->before;
      std::memset(chunk, 0, bytes);  // seals that a later chunk at this place must not find
    }
    base_->free(chunk);
  }
  bool owns(const void* pointer) const noexcept override { return base_->owns(pointer); }

  // Does it lie between the first and the last byte of all chunks there ever were?
  bool near(const void* pointer) const noexcept {
    return address(pointer) >= lowest_.load(std::memory_order_relaxed) &&  // (5)
           address(pointer) < end_.load(std::memory_order_relaxed);        // (6)
  }

 private:
  struct Note {
    Note* before;
    void* chunk;
    std::size_t bytes;
  };

  // A bad chunk is not given back: to free it could do more harm.
  bool is_good(const void* chunk, std::size_t bytes, std::size_t alignment) const {
    if (bytes_to_alignment(chunk, std::max(alignment, alignof(Note))) != 0) {
      report_misuse({Misuse::misaligned_chunk, name_, chunk});
      return false;
    }
    for (const Note* note = newest_; note != nullptr; note = note->before) {
      if (address(chunk) < address(note->chunk) + note->bytes &&
          address(note->chunk) < address(chunk) + bytes) {
        report_misuse({Misuse::overlapping_chunk, name_, chunk});
        return false;
      }
    }
    return true;
  }

  Allocator* base_ = nullptr;
  const char* name_ = "pool";
  Note* newest_ = nullptr;
  std::atomic<std::uintptr_t> lowest_{UINTPTR_MAX};
  std::atomic<std::uintptr_t> end_{0};
};

}  // namespace poolproof
