#include "allocators/bitmap_block_allocator.hpp"
#include "block_subject.hpp"

namespace poolproof {

template <class B>
using BitmapPool = BitmapBlockAllocator<B>;

constinit const Subject bitmap_subject{
    .name = "bitmap",
    .summary = "lock-free, without links: a bit a block; finds double frees",
    .family = Family::block,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = block_scenarios<BitmapPool>,
};

}  // namespace poolproof
