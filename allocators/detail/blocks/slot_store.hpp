// SlotStore<Slots>: a pool without links in a buffer: set up, found again, and the way between
// blocks and slots. Slots says which are free: BlockBits, BlockStates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../../sizes.hpp"
#include "../check.hpp"
#include "block_geometry.hpp"
#include "slot_layout.hpp"

namespace poolproof {

template <class SlotsOfPool, class Beside = NothingBeside>
class SlotStore {
 public:
  using Slots = SlotsOfPool;
  using Layout = SlotLayout<Slots, Beside>;

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
    slots_.construct();
    std::construct_at(header(), SlotHeader{Layout::magic, block_size, alignment, geometry_.blocks});
    constructed_ = true;
    return {};
  }
  InitResult attach(void* buffer, std::size_t buffer_size) noexcept {
    if (valid()) return InitError::already_initialised;
    if (buffer == nullptr) return InitError::null_buffer;
    const SlotHeader* found = Layout::find(buffer, buffer_size);
    if (found == nullptr) return InitError::not_a_pool;
    start_ = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(found));
    use(Layout::of(found->block_size, found->alignment, found->blocks));
    return {};
  }
  void deinit() noexcept {
    if (std::exchange(constructed_, false)) slots_.destroy();
    start_ = nullptr;
    geometry_ = {};
    slots_ = {};
  }
  bool valid() const noexcept { return start_ != nullptr; }

  Slots& slots() noexcept { return slots_; }
  const Slots& slots() const noexcept { return slots_; }
  // The start of the part beside the slots, aligned to 64 bytes.
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
  SlotHeader* header() const noexcept { return reinterpret_cast<SlotHeader*>(start_); }
  void use(const BlockGeometry& geometry) noexcept {
    geometry_ = geometry;
    slots_ = Slots(start_ + Layout::slots_offset, geometry_.blocks);
  }

  std::byte* start_ = nullptr;
  BlockGeometry geometry_;
  Slots slots_;
  bool constructed_ = false;  // here, not in another process
};

}  // namespace poolproof
