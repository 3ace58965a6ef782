#include "allocators/locked_sign_post_allocator.hpp"
#include "sized_subject.hpp"

namespace poolproof {

namespace {

template <class B>
using SignPost = LockedSignPostAllocator<B>;

}  // namespace

constinit const Subject sign_post_subject{
    .name = "sign_post",
    .summary = "posts between pieces of any size, behind a mutex",
    .family = Family::sized,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = sized_scenarios<SignPost>,
};

}  // namespace poolproof
