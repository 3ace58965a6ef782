#include "allocators/locked_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using LockedPool = LockedBlockAllocator<B>;

constinit const Subject locked_subject{"locked", "one list behind a mutex",  Family::block, true,
                                       false,    block_scenarios<LockedPool>};

}  // namespace poolproof
