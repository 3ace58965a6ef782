// ABA: a CAS that took a variable for untouched although it had changed and come back.
#pragma once

#include <cstddef>

#include "draft.hpp"

namespace poolproof {

class Names;

// Of a load: the event that stored what it saw; none if that came before the history.
std::size_t store_seen(const Draft& draft, std::size_t load);

// Of a CAS that Relacy takes for one: since when the variable has changed, how often, and whether
// that does harm. It is harmless only where all is known that its actor can have relied on: it has
// read nothing since it looked; and of code whose plain memory is not seen, it was seen to put what
// it had found into a link, as a push does.
void mark_aba(Draft& draft, std::size_t index, const Names& names);

}  // namespace poolproof
