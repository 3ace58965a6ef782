// Token: names one execution in at most 120 characters, so that it can be pasted into a shell:
//   pp1:specimen.no_nonce:churn:2x2x2:sAgE...
// It holds version, allocator, scenario, actors x blocks x rounds, choices and a checksum. Before
// the choices there may be a memory order that an audit changed, with line and column:
// a.hpp.98.31=relaxed; an f behind the column means the failure order of a CAS. The choices are a
// schedule without its default choices; or, if that is too long, the seed and the number of a
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
  StaleReads stale_reads = StaleReads::all;
  Memory memory = Memory::cpp20;  // as in Limits
  bool stop_one_actor = false;    // this too
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;  // its number in the random search; 0: schedule says which it is
  Schedule schedule;
};

// Returns nothing if the token would be too long.
std::optional<std::string> write_token(const Token& token);

// what() says in one line what is wrong with the token.
class TokenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws TokenError. Does not check names and sizes. The schedule has what ReplayStrategy needs:
// is_default and value of each step, up to the last one that is not the default.
Token read_token(const std::string& text);

}  // namespace poolproof
