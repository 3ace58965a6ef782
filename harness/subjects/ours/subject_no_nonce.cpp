#include "scenarios/specimens.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using NoNoncePool = specimen::NoNonce<B>;

constinit const Subject no_nonce_subject{
    .name = "specimen.no_nonce",
    .summary = "broken on purpose: lockless without its nonce",
    .family = Family::block,
    .sound = false,
    .aba_prone = true,
    .model_checked = true,
    .scenarios = block_scenarios<NoNoncePool>,
};

}  // namespace poolproof
