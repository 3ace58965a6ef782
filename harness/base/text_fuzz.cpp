// Durations and chaos of the command line, and text that is printed.
// Fuzz sources: harness/base/text.cpp
#include "fuzz.hpp"
#include "text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz_text(data, size);
  if (const auto duration = poolproof::parse_duration(text)) {
    fuzz_expect(*duration >= std::chrono::milliseconds(1) && *duration <= std::chrono::hours(1000),
                "a duration is within its limits");
    fuzz_expect(poolproof::parse_duration(poolproof::format_duration(*duration)) == duration,
                "a duration is read as it was written");
  }
  if (const auto chaos = poolproof::parse_chaos(text)) {
    fuzz_expect(poolproof::parse_chaos(poolproof::format_chaos(*chaos)) == chaos,
                "chaos is read as it was written");
  }
  const std::string line = poolproof::one_line(std::string(text));
  fuzz_expect(line.find('\n') == std::string::npos, "one line");
  for (const std::string& part : poolproof::wrapped(line, 20, 4)) {
    fuzz_expect(part.size() <= 20, "a line is not too wide");
  }
  static constexpr std::string_view names[] = {"locked", "lockless", "deferred", "cached"};
  poolproof::nearest_names(text.substr(0, 40), names);
  return 0;
}
