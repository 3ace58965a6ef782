#include "scenarios/specimens.hpp"

#include "block_subject.hpp"

namespace poolproof {

template <class B>
using UnsafeSplicePool = specimen::UnsafeSplice<B>;

constinit const Subject unsafe_splice_subject{"specimen.unsafe_splice",
                                              "broken on purpose: deferred without its sync point",
                                              Family::block,
                                              false,
                                              true,
                                              block_scenarios<UnsafeSplicePool>};

}  // namespace poolproof
