#include "allocators/lockless_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using LocklessPool = LocklessBlockAllocator<B>;

constinit const Subject lockless_subject{
    .name = "lockless",
    .summary = "a lock-free stack; a nonce against ABA",
    .family = Family::block,
    .sound = true,
    .aba_prone = true,
    .model_checked = true,
    .scenarios = block_scenarios<LocklessPool>,
};

}  // namespace poolproof
