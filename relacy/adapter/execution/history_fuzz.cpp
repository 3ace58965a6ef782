// What Relacy prints of an execution, where names and values are a user's own: the lines are read,
// or left out.
// Fuzz sources: relacy/adapter/execution/history.cpp
#include <algorithm>
#include <string>

#include "harness/base/fuzz.hpp"
#include "history.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz_text(data, size));
  const poolproof::History history = poolproof::read_history(text);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  fuzz_expect(history.size() <= lines + 1, "a line is one event at most");
  for (const poolproof::HistoryEvent& event : history) {
    fuzz_expect(text.find(event.raw_seen) != std::string::npos, "what was seen is in the text");
    fuzz_expect(text.find(event.file) != std::string::npos, "the file is in the text");
  }
  return 0;
}
