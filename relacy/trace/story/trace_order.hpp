// Why nothing orders two events: the stores and loads by which one actor learned of what another
// had done, and whose orders are too weak for that.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "draft.hpp"

namespace poolproof {

// A store, and a load that saw it or what read-modify-writes have made of it. Indices into the
// draft.
struct WeakLink {
  std::size_t from = DraftEvent::none;     // of the store's actor: what the store would publish
  std::size_t store = DraftEvent::none;    // the head of a release sequence, or what would be one
  std::size_t breaker = DraftEvent::none;  // a plain store that replaced it, which the load saw
  std::size_t load = DraftEvent::none;
  std::size_t to = DraftEvent::none;  // of the load's actor: what the load would come before
  bool releases = false;              // the store, or a fence between from and it
  bool acquires = false;              // the load, or a fence between it and to
};

// The links that are too weak, on that way from first to second that has least of them. Empty where
// there is no way, as far as it is certain which store a load saw.
std::vector<WeakLink> weak_links(const Draft& draft, std::size_t first, std::size_t second);

// Two events between which an order is missing; none where nothing is known of one.
struct Unordered {
  std::size_t first = DraftEvent::none;
  std::size_t second = DraftEvent::none;
};
// Of a race: its two accesses.
Unordered unordered_by_race(const Draft& draft);
// Of a stale load: the newest store, which it missed, and the load.
Unordered unordered_by_load(const Draft& draft, std::size_t load);

// Who published what to whom, what is too weak there, and which order on which line would do; or,
// of a race, what was published and not read. Starts with "; ", or is empty.
std::string missing_order(const Draft& draft, const Unordered& two);

// The order of a fence; empty of other events.
std::string fence_order(const DraftEvent& event);

// Shows the events that missing_order names.
void show_links(Draft& draft, const Unordered& two);

}  // namespace poolproof
