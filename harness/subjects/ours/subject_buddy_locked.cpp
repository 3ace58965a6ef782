#include "allocators/locked_buddy_allocator.hpp"
#include "sized_subject.hpp"

namespace poolproof {

namespace {

template <class B>
using LockedBuddy = LockedBuddyAllocator<B>;

}  // namespace

constinit const Subject buddy_locked_subject{
    .name = "buddy.locked",
    .summary = "the same for one thread, behind a mutex",
    .family = Family::sized,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = sized_scenarios<LockedBuddy>,
};

}  // namespace poolproof
