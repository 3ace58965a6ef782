#include "allocators/cached_buddy_allocator.hpp"
#include "sized_subject.hpp"

namespace poolproof {

namespace {

template <class B>
using CachedBuddy = CachedBuddyAllocator<B>;

}  // namespace

constinit const Subject buddy_cached_subject{
    .name = "buddy.cached",
    .summary = "magazines for the small orders, by handle",
    .family = Family::sized,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = sized_scenarios<CachedBuddy>,
};

}  // namespace poolproof
