// The trace in the making: all events of the history, named and decoded.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "trace.hpp"

namespace poolproof {

// An event with what marks and the explanation need. What the trace will not show is there too.
struct DraftEvent : TraceEvent {
  static constexpr std::size_t none = ~std::size_t{0};
  static constexpr std::string_view got = "got ";  // a note: what a call has got

  bool starts_call() const noexcept { return note() && !text.starts_with(got); }

  bool hidden = false;  // from the trace
  // Indices into the draft.
  std::size_t since_index = none;
  std::size_t outdated_index = none;
};
using Draft = std::vector<DraftEvent>;

Draft make_draft(const History& history, const Names& names);

}  // namespace poolproof
