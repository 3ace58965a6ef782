#include "allocators/hinted_block_allocator.hpp"
#include "block_subject.hpp"

namespace poolproof {

template <class B>
using HintedPool = HintedBlockAllocator<B>;

constinit const Subject hinted_subject{
    .name = "hinted",
    .summary = "lock-free, without links: a word a block; handles keep hints alone",
    .family = Family::block,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = block_scenarios<HintedPool>,
};

}  // namespace poolproof
