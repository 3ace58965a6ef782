// The atomic operations that stand in this program's code, reached or not, as objdump lists them.
#pragma once

#include <cstdint>
#include <vector>

#include "relacy/audit/source_orders.hpp"

namespace poolproof {

// base: how far the program lies from where it was linked. Those whose place or order is not known
// are left out, and those of the standard library's own code.
// from: functions; if there are any, only what these call, and what those call, is listed. Calls by
// an address that is computed are not followed.
std::vector<SourceOrder> listed_operations(std::uintptr_t base,
                                           const std::vector<const void*>& from = {});

}  // namespace poolproof
