// Relacy's context, which must come before its other parts; never relacy.hpp, which makes macros of
// new, delete, free and assert. And how values of one byte read in its history: as numbers, where
// a stream would have a character.
#pragma once

#include <ostream>

namespace rl {

// Found before the templates of the standard library, by what Relacy's events print with.
inline std::ostream& operator<<(std::ostream& to, unsigned char value) {
  return to << static_cast<unsigned>(value);
}
inline std::ostream& operator<<(std::ostream& to, signed char value) {
  return to << static_cast<int>(value);
}
inline std::ostream& operator<<(std::ostream& to, char value) {
  return to << static_cast<int>(value);
}

}  // namespace rl

#include <relacy/context.hpp>
