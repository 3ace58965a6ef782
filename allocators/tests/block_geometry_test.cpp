#include "../detail/blocks/block_geometry.hpp"

#include <gtest/gtest.h>

#include <random>

#include "test_base.hpp"

namespace poolproof::test {
namespace {

// What slot_of claims to be: a division, and a look at the remainder.
std::uint64_t naive_slot(const BlockGeometry& g, std::uintptr_t chunk, std::uintptr_t pointer) {
  const std::uintptr_t first = chunk + g.blocks_offset;
  if (pointer < first || (pointer - first) % g.block_size != 0) return g.blocks;
  return std::min<std::uint64_t>((pointer - first) / g.block_size, g.blocks);
}

const void* at(std::uintptr_t address) { return reinterpret_cast<const void*>(address); }

void expect_slot(const BlockGeometry& g, std::uintptr_t chunk, std::uintptr_t pointer) {
  const auto slot = std::min<std::uint64_t>(g.slot_of(at(chunk), at(pointer)), g.blocks);
  ASSERT_EQ(slot, naive_slot(g, chunk, pointer)) << g.block_size << " at " << pointer - chunk;
}

TEST(BlockGeometry, SlotOfIsADivisionEveryByteInAndAroundTheChunk) {
  for (std::size_t size = 1; size != 130; ++size) {
    for (const std::size_t alignment : Sizes{1, 8, 64}) {
      const BlockGeometry g = BlockGeometry::of(4, 4, 4, size, alignment, 9);
      const std::uintptr_t chunk = 1 << 20;
      for (std::uintptr_t p = chunk - 300; p != chunk + g.chunk_bytes + 300; ++p) {
        expect_slot(g, chunk, p);
      }
    }
  }
}

TEST(BlockGeometry, SlotOfForeignPointersAllOverTheAddressSpace) {
  std::mt19937_64 random(1);
  for (const std::size_t size : Sizes{1, 3, 7, 24, 40, 100, 4095, 4096, 65537, 1 << 20}) {
    for (const std::size_t blocks : Sizes{1, 2, 1000, 1 << 20}) {
      const BlockGeometry g = BlockGeometry::of(4, 4, 4, size, 1, blocks);
      const std::uintptr_t chunk = 0x7f00'0000'0000;
      for (int i = 0; i != 2000; ++i) {
        expect_slot(g, chunk, random());
        expect_slot(g, chunk, chunk + random() % (2 * g.chunk_bytes));
        const std::uintptr_t block = chunk + g.blocks_offset + random() % blocks * g.block_size;
        expect_slot(g, chunk, block);
        ASSERT_EQ(g.slot_of(at(chunk), at(block)), (block - chunk - g.blocks_offset) / size);
      }
      for (const std::uintptr_t end : {std::uintptr_t{0}, std::uintptr_t{1}, huge, huge - 1}) {
        expect_slot(g, chunk, end);
      }
    }
  }
}

TEST(BlockGeometry, PartsAreAlignedInOrderAndDisjoint) {
  for (const std::size_t number : Sizes{1, 4, 8}) {
    for (const std::size_t link : Sizes{4, 8, 24}) {
      for (const std::size_t size : Sizes{1, 3, 24, 100, 4096}) {
        for (const std::size_t alignment : Sizes{1, 2, 8, 64, 4096}) {
          for (const std::size_t blocks : Sizes{1, 5, 64}) {
            const BlockGeometry g = BlockGeometry::of(number, link, 4, size, alignment, blocks);
            ASSERT_EQ(g.alignment, alignment);
            ASSERT_EQ(g.blocks, blocks);
            ASSERT_EQ(g.block_size % alignment, 0u);
            ASSERT_GE(g.block_size, size);
            ASSERT_LT(g.block_size, size + alignment);
            ASSERT_EQ(g.links_offset % 4, 0u);
            ASSERT_GE(g.links_offset, number);
            ASSERT_EQ(g.blocks_offset % alignment, 0u);
            ASSERT_GE(g.blocks_offset, g.links_offset + blocks * link);
            ASSERT_EQ(g.chunk_bytes, g.blocks_offset + blocks * g.block_size);
          }
        }
      }
    }
  }
}

TEST(BlockGeometry, SaysWhenItDoesNotFit) {
  const auto bytes = [](std::size_t size, std::size_t alignment, std::size_t blocks) {
    return BlockGeometry::of(4, 4, 4, size, alignment, blocks).chunk_bytes;
  };
  EXPECT_EQ(bytes(huge, 1, 1), size_overflow);
  EXPECT_EQ(bytes(huge - 6, 8, 1), size_overflow);
  EXPECT_EQ(bytes(huge / 2, 8, 2), size_overflow);
  EXPECT_EQ(bytes(8, 8, huge / 12 + 1), size_overflow);
  EXPECT_EQ(bytes(1, 1, huge / 4), size_overflow);
  EXPECT_EQ(bytes(1, huge / 2 + 1, 1), size_overflow);
  EXPECT_EQ(bytes(8, 8, huge), size_overflow);
  EXPECT_EQ(bytes(huge - 8, 1, 1), size_overflow) << "all ones is the mark itself";
  EXPECT_EQ(bytes(huge - 9, 1, 1), huge - 1) << "the largest that fits";
}

static_assert(BlockGeometry::of(4, 4, 4, 24, 8, 3).blocks_offset == 16);
static_assert(BlockGeometry::of(4, 4, 4, 24, 8, 3).chunk_bytes == 16 + 72);

}  // namespace
}  // namespace poolproof::test
