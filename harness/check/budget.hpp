// What a budget is told that was too small.
#pragma once

#include <optional>
#include <string>

#include "harness/base/time.hpp"

namespace poolproof {

// The time that would do, if done of wanted were done in that many seconds, and the rest goes as
// fast. nullopt: more than 1,000 hours.
std::optional<Nanoseconds> enough_time(double seconds, double wanted, double done);
// The same as an option, "-b TIME".
std::string enough_budget(double seconds, double wanted, double done);

}  // namespace poolproof
