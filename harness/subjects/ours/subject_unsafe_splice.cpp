#include "scenarios/specimens.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using UnsafeSplicePool = specimen::UnsafeSplice<B>;

constinit const Subject unsafe_splice_subject{
    .name = "specimen.unsafe_splice",
    .summary = "broken on purpose: deferred without its sync point",
    .family = Family::block,
    .sound = false,
    .aba_prone = true,
    .model_checked = true,
    .scenarios = block_scenarios<UnsafeSplicePool>,
};

}  // namespace poolproof
