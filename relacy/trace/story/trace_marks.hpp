// Marks what matters in a draft, and hides what does not.
#pragma once

#include <cstddef>

#include "draft.hpp"

namespace poolproof {

// The newest value for stale loads; ABA, where the variable really changed and came back.
void mark_values(Draft& draft, const Names& names);

// The access at index that raced, and the one by another actor that it raced with.
void mark_race(Draft& draft, std::size_t index);

// Hides the check at rest, and what tells a reader nothing. focus: the variable that the failure is
// about, or null; its writes stay.
void hide_noise(Draft& draft, const Names& names, const void* focus);

// For long histories: hides what was read in calls that nobody interrupted, as it says nothing that
// the writes before do not say.
void hide_implied(Draft& draft);

// How many events there are to be shown.
std::size_t shown(const Draft& draft);

}  // namespace poolproof
