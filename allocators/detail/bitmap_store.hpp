// BitmapStore: a bitmap pool in a buffer: set up, found again, and the way between blocks and
// slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../backend.hpp"
#include "../sizes.hpp"
#include "bitmap_layout.hpp"
#include "block_bits.hpp"
#include "block_geometry.hpp"
#include "check.hpp"

namespace poolproof {

template <Backend B, unsigned BlocksPerWord, class Beside = NothingBeside>
class BitmapStore {
 public:
  using Bits = BlockBits<B, BlocksPerWord>;
  using Layout = BitmapLayout<Bits, Beside>;

  // See BitmapBlockAllocator.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    if (valid()) return InitError::already_initialised;
    const InitResult result = Layout::check(buffer, buffer_size, block_size, alignment);
    if (!result) return result;
    const std::size_t skip = bytes_to_alignment(buffer, Layout::start_alignment(alignment));
    const std::size_t blocks = Layout::most_blocks(buffer_size - skip, block_size, alignment);
    start_ = static_cast<std::byte*>(buffer) + skip;
    use(Layout::of(block_size, alignment, blocks));
    bits_.construct();
    std::construct_at(header(),
                      BitmapHeader{Layout::magic, block_size, alignment, geometry_.blocks});
    constructed_ = true;
    return {};
  }
  InitResult attach(void* buffer, std::size_t buffer_size) noexcept {
    if (valid()) return InitError::already_initialised;
    if (buffer == nullptr) return InitError::null_buffer;
    const BitmapHeader* found = Layout::find(buffer, buffer_size);
    if (found == nullptr) return InitError::not_a_pool;
    start_ = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(found));
    use(Layout::of(found->block_size, found->alignment, found->blocks));
    return {};
  }
  void deinit() noexcept {
    if (std::exchange(constructed_, false)) bits_.destroy();
    start_ = nullptr;
    geometry_ = {};
    bits_ = {};
  }
  bool valid() const noexcept { return start_ != nullptr; }

  Bits& bits() noexcept { return bits_; }
  const Bits& bits() const noexcept { return bits_; }
  // The start of the part beside the words, aligned to 64 bytes.
  std::byte* beside() const noexcept { return start_ + Layout::beside_offset(geometry_.blocks); }
  const BlockGeometry& geometry() const noexcept { return geometry_; }

  bool owns(const void* pointer) const noexcept {
    return valid() &&
           address(pointer) - address(block(0)) < geometry_.blocks * geometry_.block_size;
  }
  void* block(std::size_t slot) const noexcept {
    return start_ + geometry_.blocks_offset + slot * geometry_.block_size;
  }
  // Stops the program when the pointer is not the start of a block of this pool.
  std::size_t slot_of(const void* block) const noexcept {
    const std::uint64_t slot = valid() ? geometry_.slot_of(start_, block) : geometry_.blocks;
    check(slot < geometry_.blocks, "the pointer is not a block of this pool");
    return slot;
  }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return size_add(aligned_buffer_bytes(count, block_size, alignment),
                    Layout::start_alignment(alignment) - 1);
  }
  static constexpr std::size_t aligned_buffer_bytes(std::size_t count, std::size_t block_size,
                                                    std::size_t alignment) noexcept {
    return Layout::of(block_size, alignment, count).chunk_bytes;
  }

 private:
  BitmapHeader* header() const noexcept { return reinterpret_cast<BitmapHeader*>(start_); }
  void use(const BlockGeometry& geometry) noexcept {
    geometry_ = geometry;
    bits_ = Bits(start_ + Layout::bits_offset, geometry_.blocks);
  }

  std::byte* start_ = nullptr;
  BlockGeometry geometry_;
  Bits bits_;
  bool constructed_ = false;  // here, not in another process
};

}  // namespace poolproof
