// BlockGeometry: where the parts of a chunk lie, and the way between a block's address and its
// slot.
//
//   chunk:  [front][link 0 .. link n-1][padding][block 0 .. block n-1]
//
// The links lie beside the blocks, not in them: a thread that holds a stale link never touches a
// payload that somebody else owns by now. Constant once the pool is set up.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "../../sizes.hpp"

namespace poolproof {

struct BlockGeometry {
  std::size_t block_size = 0;    // bytes, a multiple of alignment
  std::size_t alignment = 0;     // bytes, of the blocks
  std::size_t blocks = 0;        // in each chunk
  std::size_t links_offset = 0;  // bytes from the start of the chunk
  std::size_t blocks_offset = 0;
  std::size_t chunk_bytes = 0;
  std::uint64_t inverse = 0;  // of block_size's odd part, modulo 2^64
  int shift = 0;              // trailing zeros of block_size

  // How a chunk is laid out whose number and links have these sizes, all in bytes. block_size is
  // rounded up to a multiple of alignment. chunk_bytes is size_overflow when it does not fit.
  static constexpr BlockGeometry of(std::size_t front_size, std::size_t link_size,
                                    std::size_t link_alignment, std::size_t block_size,
                                    std::size_t alignment, std::size_t blocks) noexcept {
    BlockGeometry g;
    g.alignment = alignment;
    g.block_size = align_up(block_size, alignment);
    g.blocks = blocks;
    g.links_offset = align_up(front_size, link_alignment);
    const std::size_t links_end = size_add(g.links_offset, size_mul(blocks, link_size));
    g.blocks_offset = links_end == size_overflow ? links_end : align_up(links_end, alignment);
    g.chunk_bytes = size_add(g.blocks_offset, size_mul(blocks, g.block_size));
    if (g.block_size == 0 || g.chunk_bytes == size_overflow) return g;
    g.shift = std::countr_zero(g.block_size);
    const std::uint64_t odd = g.block_size >> g.shift;
    g.inverse = odd;  // right to 3 bits, and each step doubles them (Hacker's Delight, 10-16)
    for (int step = 0; step != 5; ++step) g.inverse *= 2 - odd * g.inverse;
    return g;
  }

  // The slot whose block starts at address pointer; blocks or more when none does. A division
  // without remainder is a multiplication by the inverse; with one, the product is too large to be
  // a slot: so one comparison finds foreign pointers and pointers into the middle of a block alike.
  std::uint64_t slot_of(const void* chunk, const void* pointer) const noexcept {
    const std::uint64_t offset = address(pointer) - address(chunk) - blocks_offset;
    return std::rotr(offset * inverse, shift);
  }
};

}  // namespace poolproof
