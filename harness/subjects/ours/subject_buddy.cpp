#include "allocators/lockless_buddy_allocator.hpp"
#include "sized_subject.hpp"

namespace poolproof {

namespace {

template <class B>
using LocklessBuddy = LocklessBuddyAllocator<B>;

}  // namespace

constinit const Subject buddy_subject{
    .name = "buddy",
    .summary = "a bit for each leaf, taken by one CAS",
    .family = Family::sized,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = sized_scenarios<LocklessBuddy>,
};

}  // namespace poolproof
