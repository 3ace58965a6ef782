// Scope, search and progress of a model check in words.
#pragma once

#include <cstdint>
#include <string>

#include "harness/check/model_check.hpp"

namespace poolproof {

std::string counted(std::uint64_t n, const char* noun);  // "1 job", "2 jobs", "1.20 k jobs"
std::string scope_text(const Scope& scope);              // "3 actors, 3 blocks, 3 rounds"
std::string search_text(const CheckSearch& search);      // "preemptions (at most 3)"
// How much of a systematic search is done: "12 %", "<0.01 %", and "all" only if it is exhausted.
// For an automatic search: "all", or up to how many departures, as in "to 2".
std::string share_text(const CheckConfig& config, const CheckReport& report);
// The chance, at most, that the search missed a bug of the depth that it looks for; an automatic
// one looks for depth 3.
std::string missed_text(const CheckReport& report);
// The chance that the next execution ends in a state in which none has ended so far.
std::string new_end_text(const CheckReport& report);
// What is left of a systematic search, if the rest is like the part that is done: ", about 3.2 M
// executions and 20 s left"; empty if that is not known.
std::string rest_text(const CheckReport& report);
double rate(const CheckReport& report);  // executions a second
// The command that shows the failure again.
std::string again(const CheckConfig& config, const CheckFailure& failure);

}  // namespace poolproof
