// How scope, search and progress of a model check are written.
#pragma once

#include <cstdint>
#include <string>

#include "harness/check/model_check.hpp"

namespace poolproof {

std::string counted(std::uint64_t n, const char* noun);  // "1 job", "2 jobs", "1.20 k jobs"
std::string scope_text(const Scope& scope);              // "3 actors, 3 blocks, 3 rounds"
std::string search_text(const CheckSearch& search);      // "bounded (at most 3 preemptions)"
// How much of a systematic search was done: "all", "12 %", "<0.01 %". "all" only when it was. Of an
// automatic one: "all", or up to how many departures.
std::string share_text(const CheckConfig& config, const CheckReport& report);
// The chance, at most, to have missed a bug of the depth that the search is for; of an automatic
// one, of depth 3.
std::string missed_text(const CheckReport& report);
// The chance that the next execution ends in a state in which none has ended.
std::string new_end_text(const CheckReport& report);
// What is left of a systematic search, if the rest is like what was done: ", about 3.2 M executions
// and 20 s left"; empty where nobody can tell.
std::string rest_text(const CheckReport& report);
double rate(const CheckReport& report);  // executions a second
// The command that shows the failure again.
std::string again(const CheckConfig& config, const CheckFailure& failure);

}  // namespace poolproof
