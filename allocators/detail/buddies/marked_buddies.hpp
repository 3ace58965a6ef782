// Marked<Pool> for the buddy allocators: what marked.hpp says of blocks, said of pieces. The tools
// are told the size that was asked for, up to a multiple of 8, so they also see a write behind a
// piece, into what it was rounded up by, if that was free before.
#pragma once

#include <concepts>
#include <cstddef>

#include "../../allocator.hpp"
#include "../../marked.hpp"
#include "../memory_marks.hpp"

namespace poolproof {

template <class Pool>
concept Buddies = requires(const Pool& pool, const void* piece) {
  { pool.size_of(piece) } -> std::same_as<std::size_t>;
  { pool.largest_order() } -> std::same_as<unsigned>;
};

// Thread safety, progress and failure: those of Pool, but for what the tools cost.
template <Buddies Pool>
class Marked<Pool> final : public Allocator {
 public:
  Marked() = default;
  // As init; valid() says whether it worked.
  Marked(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
         unsigned largest_order) noexcept {
    static_cast<void>(init(buffer, buffer_size, leaf_size, largest_order));
  }
  Marked(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    static_cast<void>(init(base, leaf_size, largest_order));
  }
  ~Marked() override { deinit(); }

  // All as Pool's. Neither buffer nor base is owned.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t leaf_size,
                  unsigned largest_order) noexcept {
    return begun(pool_.init(buffer, buffer_size, leaf_size, largest_order));
  }
  InitResult init(Allocator& base, std::size_t leaf_size, unsigned largest_order) noexcept {
    return begun(pool_.init(base, leaf_size, largest_order));
  }
  void deinit() noexcept {
    if (!valid()) return;
    marks::end(this);  // before anybody else has the memory
    if constexpr (marks::enabled) {
      pool_.for_each_chunk([](void* start, std::size_t bytes) { marks::give_up(start, bytes); });
    }
    pool_.deinit();
  }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override {
    return handed_out(pool_.alloc(byte_size), byte_size);
  }
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    return handed_out(pool_.alloc_aligned(byte_size, alignment), byte_size);
  }
  void free(void* piece) noexcept override {
    if (piece == nullptr) return;
    if constexpr (marks::enabled) marks::give_back(this, piece, pool_.size_of(piece), 0);
    pool_.free(piece);
  }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t size_of(const void* piece) const noexcept { return pool_.size_of(piece); }
  std::size_t leaf_size() const noexcept { return pool_.leaf_size(); }
  unsigned largest_order() const noexcept { return pool_.largest_order(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t used() const noexcept { return pool_.used(); }
  std::size_t largest_free() const noexcept { return pool_.largest_free(); }
  const char* violation() const noexcept { return pool_.violation(); }
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    return pool_.must_fit(begin, end, byte_size, alignment);
  }
  static constexpr std::size_t buffer_bytes(std::size_t leaves, std::size_t leaf_size,
                                            unsigned largest_order) noexcept {
    return Pool::buffer_bytes(leaves, leaf_size, largest_order);
  }

 private:
  InitResult begun(InitResult result) noexcept {
    if (result) marks::begin(this);
    return result;
  }
  void* handed_out(void* piece, std::size_t byte_size) noexcept {
    if (piece != nullptr) marks::hand_out(this, piece, align_up(byte_size, 8));
    return piece;
  }

  Pool pool_;
};

}  // namespace poolproof
