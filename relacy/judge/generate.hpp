// Programs from a number: the same number, the same program, everywhere.
#pragma once

#include <cstdint>

#include "program.hpp"

namespace poolproof::judge {

// 2 threads of up to 4 operations or 3 of up to 3: atomics with all orders, CAS, fences, and in one
// program of three a plain variable, which is mostly accessed by who has read something before.
Program generate(std::uint64_t number);

}  // namespace poolproof::judge
