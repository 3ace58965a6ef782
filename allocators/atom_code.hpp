// What code that takes its atomics from a template parameter (template <class> class Atom) may need
// beside them, so that a model check sees it: plain variables, flags, fences, pauses. This is the
// header of production, where they are what the standard library has. Each engine of the harness
// has a header of the same name, <poolproof/atom_code.hpp>, which a program of its own finds first.
#pragma once

#include <atomic>

#include "std_backend.hpp"

namespace poolproof {

// A plain variable. The model check sees its races; a T that it does not see has to do there for
// what is no var.
template <class T>
using var = T;

// std::atomic_flag, which starts as clear.
using atomic_flag = std::atomic_flag;

inline void fence(std::memory_order order) noexcept { std::atomic_thread_fence(order); }

// For loops that wait.
inline void pause() noexcept { StdBackend::pause(); }

}  // namespace poolproof
