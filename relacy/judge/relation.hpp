// Relation: a relation between the events of one execution, as rows of bits.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace poolproof::judge {

using EventId = unsigned;
using EventSet = std::uint64_t;  // bit set

inline EventSet set_of(EventId event) noexcept { return EventSet{1} << event; }
inline bool contains(EventSet set, EventId event) noexcept { return (set >> event & 1) != 0; }

// Calls call(event) for each event in the set.
template <class Call>
void for_each(EventSet set, Call call) {
  for (; set != 0; set &= set - 1) call(static_cast<EventId>(std::countr_zero(set)));
}

class Relation {
 public:
  static constexpr unsigned most_events = 40;

  explicit Relation(unsigned events) noexcept : events_(events) {}

  void add(EventId from, EventId to) noexcept { rows_[from] |= set_of(to); }
  void add_all(EventId from, EventSet to) noexcept { rows_[from] |= to; }
  void add(const Relation& other) noexcept {
    for (EventId event = 0; event != events_; ++event) rows_[event] |= other.rows_[event];
  }
  bool has(EventId from, EventId to) const noexcept { return contains(rows_[from], to); }
  EventSet after(EventId event) const noexcept { return rows_[event]; }
  EventSet before(EventId event) const noexcept {
    EventSet all = 0;
    for (EventId from = 0; from != events_; ++from) {
      if (has(from, event)) all |= set_of(from);
    }
    return all;
  }
  unsigned events() const noexcept { return events_; }

  // What is related in one step or more (Warshall).
  Relation closed() const noexcept {
    Relation all = *this;
    for (EventId by = 0; by != events_; ++by) {
      for (EventId from = 0; from != events_; ++from) {
        if (all.has(from, by)) all.rows_[from] |= all.rows_[by];
      }
    }
    return all;
  }
  bool has_cycle() const noexcept {
    const Relation all = closed();
    for (EventId event = 0; event != events_; ++event) {
      if (all.has(event, event)) return true;
    }
    return false;
  }
  // a.then(b): from and to, if from a event b to.
  Relation then(const Relation& next) const noexcept {
    Relation all(events_);
    for (EventId from = 0; from != events_; ++from) {
      for_each(rows_[from], [&](EventId by) { all.rows_[from] |= next.rows_[by]; });
    }
    return all;
  }

 private:
  unsigned events_;
  std::array<EventSet, most_events> rows_{};
};

}  // namespace poolproof::judge
