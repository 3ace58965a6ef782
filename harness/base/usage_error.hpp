// UsageError: the program was used wrongly. what() says in one line what is wrong and what is
// right.
#pragma once

#include <stdexcept>

namespace poolproof {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace poolproof
