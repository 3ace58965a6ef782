// Why an execution failed, in words.
#pragma once

#include <string>

#include "relacy/adapter/exploration.hpp"

namespace poolproof {

struct FailureReason {
  std::string oracle;   // one word
  std::string message;  // a line
};

FailureReason failure_reason(rl::test_result_e result, const Exploration& exploration);

}  // namespace poolproof
