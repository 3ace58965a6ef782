#include "allocators/deferred_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using DeferredPool = DeferredBlockAllocator<B>;

constinit const Subject deferred_subject{
    .name = "deferred",
    .summary = "two lock-free lists; freed blocks wait for a safe sync point",
    .family = Family::block,
    .sound = true,
    .aba_prone = true,
    .model_checked = true,
    .scenarios = block_scenarios<DeferredPool>,
};

}  // namespace poolproof
