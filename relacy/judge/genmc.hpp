// The litmus tests of GenMC, as far as they are straight lines and fit our notation, and how many
// executions GenMC counts of each under RC11. The numbers are GenMC's; the programs are ours.
#pragma once

#include <cstdint>
#include <span>

namespace poolproof::judge {

struct GenmcTest {
  const char* name;     // as GenMC has it
  const char* program;  // see program.hpp
  std::uint64_t executions;
};

std::span<const GenmcTest> genmc_tests();

}  // namespace poolproof::judge
