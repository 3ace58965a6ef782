#include "allocators/lockless_block_allocator.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using LocklessPool = LocklessBlockAllocator<B>;

constinit const Subject lockless_subject{"lockless",    "a lock-free stack; a nonce against ABA",
                                         Family::block, true,
                                         true,          block_scenarios<LocklessPool>};

}  // namespace poolproof
