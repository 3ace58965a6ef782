// ObservedBackend: a backend that counts the events of the allocator, for each thread on its own.
#pragma once

#include <array>
#include <cstdint>

#include "allocators/backend.hpp"

namespace poolproof {

using EventCounts = std::array<std::uint64_t, event_kinds>;
inline thread_local constinit EventCounts event_counts{};  // of the calling thread

template <Backend Base>
struct ObservedBackend : Base {
  static void note(Event event) noexcept {
    ++event_counts[static_cast<std::size_t>(event)];
    Base::note(event);
  }
};

}  // namespace poolproof
