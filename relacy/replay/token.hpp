// Token: names one execution in at most 120 characters, so that it can be pasted into a shell:
//   pp1:specimen.no_nonce:churn:2x2x2:sAgE...
// version, allocator, scenario, actors x blocks x rounds, choices and a checksum. Before the
// choices may stand a memory order that an audit changed: a.hpp.98.31=relaxed, line and column; f
// behind the column is the failure order of a CAS. The choices are a schedule, of which only the
// choices that are not plain are written; or, where that is too long, the seed and the number of a
// random execution.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "harness/check/model_check.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

struct Token {
  static constexpr std::size_t most_characters = 120;

  std::string allocator;
  std::string scenario;
  Scope scope;
  std::optional<OrderChange> change;
  StaleReads stale_reads = StaleReads::two;
  bool progress = false;  // as in Limits
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;  // of the random search; 0: schedule counts
  Schedule schedule;
};

// Nothing when it would be too long.
std::optional<std::string> write_token(const Token& token);

// what() says what is wrong with it, in one line.
class TokenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws TokenError. Names and sizes are not checked. Of the schedule's steps only plain and value
// are there, up to the last one that is not plain: what ReplayStrategy needs.
Token read_token(const std::string& text);

}  // namespace poolproof
