// Where a seq_cst fence is missing: two actors that each store and then load what the other has
// stored, and each may load what was there before (store buffering, as in Dekker's algorithm, a
// hazard pointer or a work-stealing deque).
#pragma once

#include <cstddef>
#include <string>

#include "draft.hpp"

namespace poolproof {

// A store and a later load of one actor. Indices into the draft.
struct StoreThenLoad {
  std::size_t store = DraftEvent::none;
  std::size_t load = DraftEvent::none;
  bool ordered = false;  // by a seq_cst fence between them, or as both are seq_cst
};
struct StoreBuffering {
  StoreThenLoad first;   // stored what second.load missed
  StoreThenLoad second;  // stored what first.load missed; its load is the stale one
};

// The store buffering that load, a stale one, is part of; none where there is none, or both halves
// are ordered.
StoreBuffering store_buffering(const Draft& draft, std::size_t load);

// Who stores and loads what, and between which two lines the fences are missing. Starts with "; ",
// or is empty.
std::string missing_fence(const Draft& draft, std::size_t load);

// Shows the events that missing_fence names.
void show_store_buffering(Draft& draft, std::size_t load);

}  // namespace poolproof
