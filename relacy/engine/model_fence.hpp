// A fence of the code under test, within an execution or outside of one.
#pragma once

#include <atomic>
#include <source_location>

namespace poolproof {

void model_fence(std::memory_order order,
                 std::source_location where = std::source_location::current()) noexcept;

}  // namespace poolproof
