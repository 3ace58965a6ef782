#include "allocators/deferred_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using DeferredPool = DeferredBlockAllocator<B>;

constinit const Subject deferred_subject{
    "deferred",    "two lock-free lists; freed blocks wait for a safe sync point",
    Family::block, true,
    true,          block_scenarios<DeferredPool>};

}  // namespace poolproof
