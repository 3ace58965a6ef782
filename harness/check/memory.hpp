// Memory: which memory a model check runs under.
#pragma once

#include <cstdint>

namespace poolproof {

enum class Memory : std::uint8_t {
  cpp20,   // our own: all that C++20 allows, but for load buffering
  relacy,  // Relacy's, as a second opinion: modification order is the order of steps
};

}  // namespace poolproof
