// lane_of<B>: a number that tends to differ from thread to thread, in 1 / 2^32, for where a search
// begins. From B::lane() where the backend has one; else 0.
#pragma once

#include <concepts>
#include <cstdint>

#include "../backend.hpp"

namespace poolproof {

template <Backend B>
inline std::uint32_t lane_of() noexcept {
  if constexpr (requires {
                  { B::lane() } -> std::same_as<std::uint32_t>;
                }) {
    return B::lane();
  } else {
    return 0;
  }
}

}  // namespace poolproof
