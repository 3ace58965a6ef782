// TrackedBase: the base of the pools under test. It carves chunks out of one arena, so that every
// block lies in a known range, refuses once it gave a set number of chunks, and by chance before if
// it is told to, and knows what it is owed. Behind each chunk lies a red zone. Thread-safe by a
// mutex of its own.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "allocators/linear_allocator.hpp"
#include "harness/base/rng.hpp"
#include "red_zone.hpp"

namespace poolproof {

class TrackedBase final : public Allocator {
 public:
  TrackedBase(std::byte* arena, std::size_t size) noexcept : memory_(arena, size, 1) {}

  // Gives most_chunks chunks from now on. Everything that was given before must be dead.
  void start(std::size_t most_chunks, std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    memory_.reset();
    chunks_.clear();
    most_chunks_ = most_chunks;
    requests_ = foreign_frees_ = 0;
    overrun_.reset();
    rng_ = Rng(seed, 0);
  }
  // Refuses one request in so many, by chance; 0: none.
  void refuse_one_in(std::uint32_t one_in) {
    const std::lock_guard lock(mutex_);
    refuse_one_in_ = one_in;
  }

  void* alloc(std::size_t byte_size) noexcept override {
    return alloc_aligned(byte_size, alignof(std::max_align_t));
  }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    const std::lock_guard lock(mutex_);
    ++requests_;
    if (chunks_.size() == most_chunks_) return nullptr;
    if (refuse_one_in_ != 0 && rng_.below(refuse_one_in_) == 0) return nullptr;
    void* chunk = memory_.alloc_aligned(byte_size + red_zone_bytes, alignment);
    if (chunk == nullptr) return nullptr;
    lay_red_zone(static_cast<std::byte*>(chunk) + byte_size);
    chunks_.push_back({chunk, byte_size});
    return chunk;
  }
  void free(void* pointer) noexcept override {
    const std::lock_guard lock(mutex_);
    // From the back: a pool gives back the newest first.
    const auto found = std::find_if(chunks_.rbegin(), chunks_.rend(),
                                    [&](const Chunk& chunk) { return chunk.start == pointer; });
    if (found == chunks_.rend()) {
      ++foreign_frees_;
      return;
    }
    look(*found);
    chunks_.erase(std::next(found).base());
  }
  bool owns(const void* pointer) const noexcept override { return memory_.owns(pointer); }

  // What was written behind a chunk since start, in words.
  std::optional<std::string> overrun() const {
    const std::lock_guard lock(mutex_);
    for (const Chunk& chunk : chunks_) look(chunk);
    return overrun_;
  }
  std::size_t owed() const {
    const std::lock_guard lock(mutex_);
    return chunks_.size();
  }
  // Frees of what was not, or no longer, given.
  std::size_t foreign_frees() const {
    const std::lock_guard lock(mutex_);
    return foreign_frees_;
  }
  std::size_t requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  struct Chunk {
    void* start;
    std::size_t size;
  };
  void look(const Chunk& chunk) const {
    const auto what = written_behind(static_cast<const std::byte*>(chunk.start) + chunk.size);
    if (what) overrun_ = fmt::format("of a chunk of {} bytes {}", chunk.size, *what);
  }

  mutable std::mutex mutex_;
  mutable std::optional<std::string> overrun_;
  LinearAllocator memory_;
  std::vector<Chunk> chunks_;
  Rng rng_;
  std::uint32_t refuse_one_in_ = 0;
  std::size_t most_chunks_ = 0;
  std::size_t requests_ = 0;
  std::size_t foreign_frees_ = 0;
};

}  // namespace poolproof
