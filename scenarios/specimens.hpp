// Specimens: known-broken allocators that are kept as positive controls. A harness that passes one
// of them is not to be believed. Each is the real source with the one mistake switched on.
#pragma once

#include "allocators/deferred_block_allocator.hpp"
#include "allocators/lockless_block_allocator.hpp"

namespace poolproof::specimen {

// The lockless pool without a nonce: a pop that was stopped between reading the top's link and its
// CAS succeeds although the block was popped and pushed meanwhile, and installs a stale link.
// In public: argobots #178, Odin #6822, PaRSEC #21, yugabyte #1561.
template <Backend B = StdBackend>
using NoNonce = LocklessBlockAllocator<B, 0>;

// The deferred pool that splices the retired blocks in as soon as the free list runs empty, whoever
// is still popping: the same ABA, one list further on.
template <Backend B = StdBackend>
using UnsafeSplice = DeferredBlockAllocator<B, false>;

}  // namespace poolproof::specimen
