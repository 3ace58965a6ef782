// The backend that models run on. Nothing else in this room names Relacy's.
#pragma once

#include "relacy/adapter/atomics/in_place_var.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"

namespace poolproof {

using ModelBackend = RelacyBackend;

// For subjects of users: as large as what they hold, so that links can lie in the blocks.
struct SubjectBackend : ModelBackend {
  template <class T>
  using atomic = InPlaceAtomic<T>;
  template <class T>
  using var = InPlaceVar<T>;
};
static_assert(Backend<SubjectBackend>);
template <class T>
using SubjectAtomic = SubjectBackend::atomic<T>;
template <class T>
using SubjectVar = SubjectBackend::var<T>;

// The subject's own: an audit may change their orders.
template <class T>
using ModelAtomic = ModelBackend::atomic<T>;
template <class T>
using ModelVar = ModelBackend::var<T>;
// The harness' own, which no audit changes.
template <class T>
using ModelHarnessAtomic = HarnessAtomic<T>;

// Has the execution fine steps? See Strategy.
inline bool model_has_fine_steps() noexcept { return Exploration::current->fine; }

}  // namespace poolproof
