// Searches as the command line names them.
// Fuzz sources: harness/check/model_check.cpp harness/base/text.cpp
#include "harness/base/fuzz.hpp"
#include "model_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto search = poolproof::parse_search(std::string(fuzz_text(data, size)));
  if (!search) return 0;
  fuzz_expect(poolproof::parse_search(poolproof::format_search(*search)) == search,
              "a search is read as it was written");
  return 0;
}
