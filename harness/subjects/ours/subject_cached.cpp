#include "allocators/cached_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using CachedPool = CachedBlockAllocator<B>;

constinit const Subject cached_subject{
    .name = "cached",
    .summary = "magazines for each thread, by handle; a lock-free depot",
    .family = Family::block,
    .sound = true,
    .aba_prone = true,
    .model_checked = true,
    .scenarios = block_scenarios<CachedPool>,
};

}  // namespace poolproof
