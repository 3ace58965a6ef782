// The trace in the making: all events of the history, named and decoded.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "relacy/trace/names.hpp"
#include "relacy/trace/trace.hpp"

namespace poolproof {

// An event with what marks and the explanation need. What the trace will not show is there too.
struct DraftEvent : TraceEvent {
  static constexpr std::size_t none = ~std::size_t{0};
  static constexpr std::string_view got = "got ";  // a note: what a call has got

  bool starts_call() const noexcept { return note() && !text.starts_with(got); }

  bool hidden = false;  // from the trace
  // Of an ABA that is not harmless: is it known that its actor relied on what it had read?
  bool relies = false;
  // Indices into the draft.
  std::size_t since_index = none;
  std::size_t outdated_index = none;
};
using Draft = std::vector<DraftEvent>;

Draft make_draft(const History& history, const Names& names);

// The last event before end that fits; none if there is none.
template <class Fits>
std::size_t last_before(const Draft& draft, std::size_t end, Fits fits) {
  while (end-- != 0) {
    if (fits(draft[end])) return end;
  }
  return DraftEvent::none;
}
// The last event before end that writes to the variable.
std::size_t last_write(const Draft& draft, std::size_t end, const void* address);

}  // namespace poolproof
