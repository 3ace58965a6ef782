// Marked<Pool> for pools of pieces of any size: what marked.hpp says of blocks, said of pieces; and
// since the tools are told how many bytes were asked for, they also see a write between these and
// the end of the piece. What they do not see: a write beyond, into the post before the next piece,
// which is the pool's (it finds that itself).
#pragma once

#include <concepts>
#include <cstddef>

#include "../../allocator.hpp"
#include "../../marked.hpp"
#include "../memory_marks.hpp"

namespace poolproof {

// Knows the size of its pieces, uses only the first links_bytes of a free one without telling
// marks::open, and gives up each chunk before its base has it.
template <class Pool>
concept PiecePool = requires(const Pool& pool, const void* piece) {
  { pool.size_of(piece) } -> std::same_as<std::size_t>;
  { Pool::links_bytes } -> std::convertible_to<std::size_t>;
};

// Thread safety, progress and failure: those of Pool, but for what the tools cost.
template <PiecePool Pool>
class Marked<Pool> final : public Allocator {
 public:
  static constexpr std::size_t default_alignment = Pool::default_alignment;

  Marked() = default;
  // As init; valid() says whether it worked.
  Marked(void* buffer, std::size_t buffer_size,
         std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, alignment));
  }
  Marked(Allocator& base, std::size_t bytes_per_chunk,
         std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(base, bytes_per_chunk, alignment));
  }
  ~Marked() override { deinit(); }

  // All as Pool's. Neither buffer nor base is owned.
  InitResult init(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept {
    const InitResult result = pool_.init(buffer, buffer_size, alignment);
    if (!result) return result;
    buffer_ = buffer;
    buffer_size_ = buffer_size;
    marks::begin(this);
    return result;
  }
  InitResult init(Allocator& base, std::size_t bytes_per_chunk,
                  std::size_t alignment = default_alignment) noexcept {
    const InitResult result = pool_.init(base, bytes_per_chunk, alignment);
    if (result) marks::begin(this);
    return result;
  }
  void deinit() noexcept {
    if (!valid()) return;
    marks::end(this);  // before anybody else has the memory
    pool_.deinit();
    if (buffer_ != nullptr) marks::give_up(buffer_, buffer_size_);
    buffer_ = nullptr;
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
    if constexpr (marks::enabled) {
      marks::give_back_piece(this, piece, pool_.size_of(piece), Pool::links_bytes);
    }
    pool_.free(piece);
  }

  std::size_t shrink() noexcept { return pool_.shrink(); }
  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t used() const noexcept { return pool_.used(); }
  std::size_t peak() const noexcept { return pool_.peak(); }
  std::size_t largest_free() const noexcept { return pool_.largest_free(); }
  std::size_t size_of(const void* piece) const noexcept { return pool_.size_of(piece); }
  const char* violation() const noexcept { return pool_.violation(); }
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept {
    return pool_.must_fit(begin, end, byte_size, alignment);
  }
  static constexpr std::size_t buffer_bytes(std::size_t pieces, std::size_t byte_size,
                                            std::size_t alignment = default_alignment) noexcept {
    return Pool::buffer_bytes(pieces, byte_size, alignment);
  }

 private:
  void* handed_out(void* piece, std::size_t byte_size) noexcept {
    if constexpr (marks::enabled) {
      if (piece != nullptr) marks::hand_out_piece(this, piece, byte_size, pool_.size_of(piece));
    }
    return piece;
  }

  void* buffer_ = nullptr;
  std::size_t buffer_size_ = 0;
  Pool pool_;
};

}  // namespace poolproof
