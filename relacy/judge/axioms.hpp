// What C++20 asks of an execution, axiom by axiom, as the standard's draft N4861 words it. Numbers
// in brackets are its clauses and paragraphs.
#pragma once

#include "execution.hpp"
#include "relation.hpp"

namespace poolproof::judge {

// [atomics.order]/1, [atomics.fences]/5: what an order makes of an operation or a fence.
bool acquires(std::memory_order order) noexcept;
bool releases(std::memory_order order) noexcept;

// What follows from who reads from whom, before anything is said of the order of stores.
struct HappensBefore {
  // Synchronizes with: a release operation with an acquire operation that reads from its release
  // sequence ([atomics.order]/2), and the same with fences on either side or both
  // ([atomics.fences]/2 to /4). A release sequence ([intro.races]/5) goes on from a store through
  // read-modify-writes alone, each of which reads from the one before; so who reads from whom
  // determines it.
  Relation synchronizes;
  // [intro.races]/10. Without memory_order_consume that is what simply happens before, too (/11).
  Relation before;
  // [intro.races]/12.
  Relation strongly;
  // [intro.races]/10: happens before has no cycle.
  bool is_acyclic;

  explicit HappensBefore(const Execution& execution);
};

// Modification orders ([intro.races]/4), one for each object: all that coherence allows.
class Coherence {
 public:
  // Asks of each pair of operations on an object of which one happens before the other:
  //   [intro.races]/14  a read takes no value from a write that it happens before;
  //   /15 write-write, /16 read-read, /17 read-write and /18 write-read coherence.
  Coherence(const Execution& execution, const HappensBefore& happens);

  bool is_possible() const noexcept { return possible_; }
  // Calls call(const Relation& order) for each choice of one order for each object in which
  // [atomics.order]/10 holds: a read-modify-write reads the write just before its own.
  template <class Call>
  void for_each_order(Call call) {
    if (possible_) extend(0, call);
  }

 private:
  template <class Call>
  void extend(unsigned object, Call& call) {
    if (object == objects_) return call(static_cast<const Relation&>(order_));
    place(object, none, call);
  }
  // Puts another write to the object behind the last one.
  template <class Call>
  void place(unsigned object, EventId last, Call& call) {
    if (unplaced_[object] == 0) return extend(object + 1, call);
    for_each(unplaced_[object], [&](EventId next) {
      if (!may_follow(next, last, object)) return;
      const Relation saved = order_;
      unplaced_[object] &= ~set_of(next);
      for_each(writes_[object] & ~unplaced_[object] & ~set_of(next),
               [&](EventId before) { order_.add(before, next); });
      place(object, next, call);
      unplaced_[object] |= set_of(next);
      order_ = saved;
    });
  }
  bool may_follow(EventId next, EventId last, unsigned object) const noexcept;
  void require_order(EventId first, EventId second);

  static constexpr EventId none = ~0U;

  const Execution& execution_;
  unsigned objects_ = 0;
  Relation required_;  // order of modifications that coherence asks for
  Relation order_;     // so far
  std::array<EventSet, Program::most_objects> writes_{};
  std::array<EventSet, Program::most_objects> unplaced_{};
  bool possible_ = true;
};

// [atomics.order]/3 before the transitive closure of /3.4: reads-from, modification order, and from
// a read to all writes behind the one that it reads from.
struct CoherenceOrder {
  Relation reads_from;
  Relation modification;
  Relation from_reads;

  CoherenceOrder(const Execution& execution, const Relation& modification_order);
  Relation all() const;  // coherence-ordered before, with /3.4
};

// What [atomics.order]/4 asks of S, the one order of all seq_cst operations and fences. There is
// such an order if this has no cycle.
Relation seq_cst_order(const Execution& execution, const HappensBefore& happens,
                       const CoherenceOrder& coherence);

// [intro.races]/21: two conflicting accesses by different threads, at least one not atomic, and
// neither happens before the other.
bool has_race(const Execution& execution, const HappensBefore& happens);

}  // namespace poolproof::judge
