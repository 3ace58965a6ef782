// What audits and selftests know the atomic operations of a program by.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace poolproof {

// In the place of a column: operations of one kind, with one order, on one line are one.
std::uint32_t operation_column(std::string_view operation, std::memory_order written) noexcept;

// The parts of an order that a load and a store can have.
std::memory_order load_part(std::memory_order order) noexcept;
std::memory_order store_part(std::memory_order order) noexcept;

}  // namespace poolproof
