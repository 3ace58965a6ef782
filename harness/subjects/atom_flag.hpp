// BackendFlag: std::atomic_flag of a backend's atomic, for code that has one beside its Atoms.
#pragma once

#include <atomic>

#include "atom.hpp"

namespace poolproof {

// Base, Where: see BackendAtom. Starts as clear. Thread safety: an atomic's.
template <template <class> class Base, class Where>
class BackendFlag {
  using Order = std::memory_order;
  static constexpr Order strongest = std::memory_order_seq_cst;

 public:
  bool test_and_set(Order order = strongest, Where where = Where::current()) noexcept {
    return set_.exchange(true, order, where);
  }
  void clear(Order order = strongest, Where where = Where::current()) noexcept {
    set_.store(false, order, where);
  }
  bool test(Order order = strongest, Where where = Where::current()) const noexcept {
    return set_.load(order, where);
  }

 private:
  BackendAtom<bool, Base, Where> set_{false};
};

}  // namespace poolproof
