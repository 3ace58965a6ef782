// SlotLayout<Slots, Beside>: where the parts of a pool without links lie in its buffer, so that
// whoever has the buffer mapped finds them:
//
//   [header][slots][what lies beside][padding][block 0 .. block n-1]
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../../sizes.hpp"
#include "block_geometry.hpp"

namespace poolproof {

// The description that attach reads. init writes it once, before any other process attaches.
struct SlotHeader {
  std::uint64_t magic;
  std::uint64_t block_size;  // bytes
  std::uint64_t alignment;   // bytes
  std::uint64_t blocks;
};

// Slots and Beside: kind, which is part of the header's magic, and bytes_for(blocks), a multiple of
// 64 or size_overflow.
struct NothingBeside {
  static constexpr std::uint64_t kind = 0;
  static constexpr std::size_t bytes_for(std::size_t) noexcept { return 0; }
};

template <class Slots, class Beside = NothingBeside>
struct SlotLayout {
  static constexpr std::uint64_t magic =
      0x706f'6f6c'6269'7400 + Slots::kind + Beside::kind;  // "poolbit"

  static constexpr std::size_t slots_offset = align_up(sizeof(SlotHeader), Slots::alignment);

  static constexpr std::size_t beside_offset(std::size_t blocks) noexcept {
    return size_add(slots_offset, Slots::bytes_for(blocks));
  }
  static constexpr std::size_t start_alignment(std::size_t alignment) noexcept {
    return std::max(alignment, Slots::alignment);
  }

  // The geometry of a pool of `blocks` blocks; chunk_bytes is size_overflow when it does not fit.
  static constexpr BlockGeometry of(std::size_t block_size, std::size_t alignment,
                                    std::size_t blocks) noexcept {
    const std::size_t front = size_add(beside_offset(blocks), Beside::bytes_for(blocks));
    return BlockGeometry::of(front, 0, 1, block_size, alignment, blocks);
  }

  // Are these arguments of init? room: bytes from the first aligned byte of the buffer.
  static InitResult check(const void* buffer, std::size_t buffer_size, std::size_t block_size,
                          std::size_t alignment) noexcept {
    if (block_size == 0) return InitError::zero_size;
    if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
    if (buffer == nullptr) return InitError::null_buffer;
    const std::size_t least = of(block_size, alignment, 1).chunk_bytes;
    const std::size_t minimum = size_add(least, start_alignment(alignment) - 1);
    if (minimum == size_overflow) return InitError::overflow;
    const std::size_t skip = bytes_to_alignment(buffer, start_alignment(alignment));
    if (buffer_size < skip || buffer_size - skip < least) {
      return {InitError::buffer_too_small, minimum};
    }
    return {};
  }

  // The header of the pool that lies in this memory; nullptr if none does. The place where it
  // starts depends on the alignment that only the header knows, so each is looked at.
  static const SlotHeader* find(void* buffer, std::size_t buffer_size) noexcept {
    for (std::size_t alignment = Slots::alignment; alignment <= buffer_size; alignment *= 2) {
      const std::size_t skip = bytes_to_alignment(buffer, alignment);
      if (skip > buffer_size || buffer_size - skip < slots_offset) break;
      const auto* header =
          reinterpret_cast<const SlotHeader*>(static_cast<std::byte*>(buffer) + skip);
      const bool is_it = header->magic == magic &&
                         check(buffer, buffer_size, header->block_size, header->alignment) &&
                         start_alignment(header->alignment) == alignment &&
                         of(header->block_size, header->alignment, header->blocks).chunk_bytes <=
                             buffer_size - skip;
      if (is_it) return header;
    }
    return nullptr;
  }

  // How many blocks fit into room bytes, at least one.
  static std::size_t most_blocks(std::size_t room, std::size_t block_size,
                                 std::size_t alignment) noexcept {
    std::size_t fit = 1;
    std::size_t too_many = room / align_up(block_size, alignment) + 1;
    while (too_many - fit > 1) {
      const std::size_t middle = fit + (too_many - fit) / 2;
      (of(block_size, alignment, middle).chunk_bytes <= room ? fit : too_many) = middle;
    }
    return fit;
  }
};

}  // namespace poolproof
