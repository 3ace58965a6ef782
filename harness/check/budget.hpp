// What a budget is told that was too small.
#pragma once

#include <string>

namespace poolproof {

// The option "-b TIME" that would do, if done of wanted were done in that many seconds, and the
// rest goes as fast.
std::string enough_budget(double seconds, double wanted, double done);

}  // namespace poolproof
