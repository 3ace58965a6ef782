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

// Of a race: the atomic by which second learned of first, and whose orders are too weak. A load
// that acquires tells more than one that does not. Empty if there is none; else starts with "; ".
std::string missing_order(const Draft& draft, const DraftEvent& first, const DraftEvent& second);

}  // namespace poolproof
