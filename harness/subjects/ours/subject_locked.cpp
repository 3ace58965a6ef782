#include "allocators/locked_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using LockedPool = LockedBlockAllocator<B>;

constinit const Subject locked_subject{
    .name = "locked",
    .summary = "one list behind a mutex",
    .family = Family::block,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = block_scenarios<LockedPool>,
};

}  // namespace poolproof
