#include "axioms.hpp"

namespace poolproof::judge {

bool acquires(std::memory_order order) noexcept {
  using enum std::memory_order;
  return order == acquire || order == acq_rel || order == seq_cst;
}
bool releases(std::memory_order order) noexcept {
  using enum std::memory_order;
  return order == release || order == acq_rel || order == seq_cst;
}

namespace {

EventSet fences(const Execution& execution, bool (*has_effect)(std::memory_order)) {
  EventSet all = 0;
  for_each(execution.executed, [&](EventId event) {
    if (execution.events[event].is_fence() && has_effect(execution.order(event))) {
      all |= set_of(event);
    }
  });
  return all;
}

EventSet seq_cst_events(const Execution& execution) {
  EventSet all = 0;
  for_each(execution.executed, [&](EventId event) {
    if (!execution.events[event].op.plain && execution.order(event) == std::memory_order_seq_cst) {
      all |= set_of(event);
    }
  });
  return all;
}

// The modifications in whose release sequence, real or hypothetical, the event lies.
EventSet heads_of(const Execution& execution, EventId event) {
  EventSet heads = 0;
  while (execution.is_atomic(event) && !contains(heads, event)) {
    heads |= set_of(event);
    if (!contains(execution.updates, event)) break;
    event = execution.source[event];
  }
  return heads;
}

Relation find_synchronizes(const Execution& execution, const Relation& sequenced) {
  Relation all(execution.size());
  const EventSet release_fences = fences(execution, releases);
  const EventSet acquire_fences = fences(execution, acquires);
  for_each(execution.reads, [&](EventId reader) {
    if (!execution.is_atomic(reader)) return;
    EventSet acquiring = sequenced.after(reader) & acquire_fences;
    if (acquires(execution.order(reader))) acquiring |= set_of(reader);
    for_each(heads_of(execution, execution.source[reader]), [&](EventId head) {
      EventSet releasing = sequenced.before(head) & release_fences;
      if (releases(execution.order(head))) releasing |= set_of(head);
      for_each(releasing, [&](EventId event) { all.add_all(event, acquiring); });
    });
  });
  return all;
}

// /12.1, and the transitive closure of /12.4, of: /12.2 synchronizes with between seq_cst
// operations; /12.3 happens before between two steps of sequenced before.
Relation find_strongly(const Execution& execution, const Relation& sequenced,
                       const Relation& synchronizes, const Relation& before) {
  Relation all = sequenced;
  const EventSet seq_cst = seq_cst_events(execution);
  for_each(seq_cst,
           [&](EventId event) { all.add_all(event, synchronizes.after(event) & seq_cst); });
  all.add(sequenced.then(before).then(sequenced));
  return all.closed();
}

}  // namespace

HappensBefore::HappensBefore(const Execution& execution)
    : synchronizes(execution.size()), before(execution.size()), strongly(execution.size()) {
  const Relation sequence = sequenced(execution);
  synchronizes = find_synchronizes(execution, sequence);
  before = sequence;
  before.add(synchronizes);
  before = before.closed();
  is_acyclic = !before.has_cycle();
  strongly = find_strongly(execution, sequence, synchronizes, before);
}

Coherence::Coherence(const Execution& execution, const HappensBefore& happens)
    : execution_(execution), required_(execution.size()), order_(execution.size()) {
  for_each(execution.writes, [&](EventId write) {
    const unsigned object = execution.events[write].op.object;
    objects_ = object >= objects_ ? object + 1 : objects_;
    writes_[object] |= set_of(write);
  });
  unplaced_ = writes_;
  const auto written_by = [&](EventId event) { return contains(execution.writes, event); };
  const auto read_by = [&](EventId event) { return contains(execution.reads, event); };
  for_each(execution.executed, [&](EventId a) {
    if (read_by(a) && happens.before.has(a, execution.source[a])) possible_ = false;  // /14
    for_each(happens.before.after(a), [&](EventId b) {
      if (!execution.same_object(a, b)) return;
      if (written_by(a) && written_by(b)) require_order(a, b);                                // /15
      if (read_by(a) && read_by(b)) require_order(execution.source[a], execution.source[b]);  // /16
      if (read_by(a) && written_by(b)) require_order(execution.source[a], b);                 // /17
      if (written_by(a) && read_by(b)) require_order(a, execution.source[b]);                 // /18
    });
  });
}

// first is second, or precedes it.
void Coherence::require_order(EventId first, EventId second) {
  if (first != second) required_.add(first, second);
}

bool Coherence::may_follow(EventId next, EventId last, unsigned object) const noexcept {
  if (contains(execution_.updates, next) && execution_.source[next] != last) return false;
  bool ready = true;
  for_each(unplaced_[object], [&](EventId other) {
    if (other != next && required_.has(other, next)) ready = false;
  });
  return ready;
}

CoherenceOrder::CoherenceOrder(const Execution& execution, const Relation& modification_order)
    : reads_from(execution.size()), modification(modification_order), from_reads(execution.size()) {
  for_each(execution.reads, [&](EventId reader) {
    const EventId source = execution.source[reader];
    reads_from.add(source, reader);                                            // /3.1
    from_reads.add_all(reader, modification.after(source) & ~set_of(reader));  // /3.3
  });
}

Relation CoherenceOrder::all() const {
  Relation all = reads_from;
  all.add(modification);  // /3.2
  all.add(from_reads);
  return all.closed();  // /3.4
}

Relation seq_cst_order(const Execution& execution, const HappensBefore& happens,
                       const CoherenceOrder& coherence) {
  Relation order(execution.size());
  const EventSet seq_cst = seq_cst_events(execution);
  if (seq_cst == 0) return order;
  EventSet fences = 0;
  for_each(seq_cst, [&](EventId event) {
    if (execution.events[event].is_fence()) fences |= set_of(event);
    order.add_all(event, happens.strongly.after(event) & seq_cst);
  });
  const Relation coherence_ordered = coherence.all();
  for_each(execution.executed, [&](EventId a) {
    if (!execution.is_atomic(a)) return;
    // /4.1 and /4.2: A itself; /4.3 and /4.4: fences X that happen before A.
    const EventSet first = (set_of(a) & seq_cst) | (happens.before.before(a) & fences);
    if (first == 0) return;
    for_each(coherence_ordered.after(a), [&](EventId b) {
      if (!execution.is_atomic(b)) return;
      // /4.1 and /4.3: B itself; /4.2 and /4.4: fences Y that B happens before.
      const EventSet second = (set_of(b) & seq_cst) | (happens.before.after(b) & fences);
      for_each(first, [&](EventId event) { order.add_all(event, second); });
    });
  });
  return order;
}

bool has_race(const Execution& execution, const HappensBefore& happens) {
  bool found = false;
  for_each(execution.executed, [&](EventId a) {
    if (execution.events[a].is_initial()) return;
    for_each(execution.executed & ~set_of(a), [&](EventId b) {
      const bool concurrent = !execution.events[b].is_initial() &&
                              execution.events[a].thread != execution.events[b].thread;
      if (!concurrent || !execution.same_object(a, b)) return;
      if (execution.is_atomic(a) && execution.is_atomic(b)) return;
      if (((execution.writes >> a | execution.writes >> b) & 1) == 0) return;
      if (!happens.before.has(a, b) && !happens.before.has(b, a)) found = true;
    });
  });
  return found;
}

}  // namespace poolproof::judge
