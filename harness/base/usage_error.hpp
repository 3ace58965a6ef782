// UsageError: wrong usage. what() is one line that says what was wrong and what would be right.
#pragma once

#include <stdexcept>

namespace poolproof {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace poolproof
