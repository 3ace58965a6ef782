// The atomic operations that stand in this program's code, reached or not, as objdump lists them.
#pragma once

#include <cstdint>
#include <vector>

#include "relacy/audit/source_orders.hpp"

namespace poolproof {

// base: how far the program lies from where it was linked. Those whose place or order is not known
// are left out, and those of the standard library's own code.
std::vector<SourceOrder> listed_operations(std::uintptr_t base);

}  // namespace poolproof
