#include "allocators/thread_cached_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using ThreadCachedPool = ThreadCachedBlockAllocator<B>;

constinit const Subject thread_cached_subject{
    .name = "thread_cached",
    .summary = "the same, the magazines found by thread",
    .family = Family::block,
    .sound = true,
    .aba_prone = true,
    .model_checked = false,
    .scenarios = block_scenarios<ThreadCachedPool>,
};

}  // namespace poolproof
