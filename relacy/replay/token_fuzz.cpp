// Tokens as people paste them.
// Fuzz sources: relacy/replay/token.cpp relacy/engine/schedule.cpp harness/check/order_change.cpp
#include "harness/base/fuzz.hpp"
#include "token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  poolproof::Token token;
  try {
    token = poolproof::read_token(std::string(fuzz_text(data, size)));
  } catch (const poolproof::TokenError&) {
    return 0;
  }
  const auto written = poolproof::write_token(token);
  if (!written) return 0;  // it would be too long
  const poolproof::Token again = poolproof::read_token(*written);
  fuzz_expect(poolproof::write_token(again) == written, "a token is read as it was written");
  return 0;
}
