// What a failure comes from, as far as the history shows it; and the words of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "draft.hpp"

namespace poolproof {

std::string actor_text(const TraceEvent& event);                // "actor 1"
std::string events_text(const std::vector<unsigned>& numbers);  // "events 5, 7 and 9"
std::string place_text(const TraceEvent& event);                // ", pool.hpp:93"
std::string joined(const std::vector<std::string>& parts, const char* separator);

// The CAS that did harm by ABA, or may have: where it is known, before where it is not; the last
// one if there are several. none if there is none.
std::size_t harmful_aba(const Draft& draft);

// ABA, or stale reads; empty if there are none.
std::string cause(const Draft& draft, const std::string& oracle);

// The last load to be shown that saw an older store than the newest; none if there is none.
std::size_t last_stale_load(const Draft& draft);

// The last stale accesses, and why the last load had not heard of what it missed: an order that is
// too weak, or a fence that is missing; empty if there are none.
std::string stale_cause(const Draft& draft);

}  // namespace poolproof
