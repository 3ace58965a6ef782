// Reads Relacy's history, line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "trace.hpp"

namespace poolproof {

// A line of the history. What the trace does not show is there too: marks and the story need it.
struct HistoryEvent : TraceEvent {
  enum class Phase : std::uint8_t { before, actors, rest };

  static constexpr std::string_view got = "got ";  // a note: what a call has got

  bool starts_call() const noexcept { return note && !text.starts_with(got); }

  Phase phase = Phase::before;
  bool made = false;    // the variable is constructed here
  bool note = false;    // a line of the model's; its text
  bool hidden = false;  // from the trace
  // Indices into the history.
  std::size_t since_index = none;
  std::size_t outdated_index = none;
};
using History = std::vector<HistoryEvent>;

// The events of the last execution in the text. Lines that are no events, such as those on yields,
// are left out; lines of an unknown kind are not.
History parse_history(std::string_view text, const Names& names);

}  // namespace poolproof
