#include "scenarios/specimens.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using NoNoncePool = specimen::NoNonce<B>;

constinit const Subject no_nonce_subject{"specimen.no_nonce",
                                         "broken on purpose: lockless without its nonce",
                                         Family::block,
                                         false,
                                         true,
                                         block_scenarios<NoNoncePool>};

}  // namespace poolproof
