// Execution: one candidate for an execution of a program: which operations are executed, which
// store each read takes its value from, and what they read and write. Whether C++20 allows it is
// not asked here.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "program.hpp"
#include "relation.hpp"

namespace poolproof::judge {

// Events 0 to objects - 1 initialize the objects; then come the operations, thread by thread.
struct Event {
  static constexpr unsigned no_thread = ~0U;

  unsigned thread = no_thread;
  unsigned index = 0;  // in its thread
  Operation op{};      // an initialization: a plain store of 0

  bool is_initial() const noexcept { return thread == no_thread; }
  bool is_fence() const noexcept { return op.kind == Kind::fence; }
};

struct Execution {
  std::vector<Event> events;
  EventSet executed = 0;
  EventSet reads = 0;    // of those executed
  EventSet writes = 0;   // of those executed; a CAS that fails is none
  EventSet updates = 0;  // both
  std::array<EventId, Relation::most_events> source{};  // of a read: the write that it reads from
  std::array<unsigned, Relation::most_events> read{};
  std::array<unsigned, Relation::most_events> written{};

  unsigned size() const noexcept { return static_cast<unsigned>(events.size()); }
  // An atomic operation on an object. Initialization is none.
  bool is_atomic(EventId event) const noexcept {
    return !events[event].op.plain && !events[event].is_fence();
  }
  // With which order an event was executed.
  std::memory_order order(EventId event) const noexcept {
    const Operation& op = events[event].op;
    return op.kind == Kind::cas && !contains(writes, event) ? op.failure_order : op.order;
  }
  bool same_object(EventId a, EventId b) const noexcept {
    return !events[a].is_fence() && !events[b].is_fence() &&
           events[a].op.object == events[b].op.object;
  }
};

// All candidates of a program: each read takes its value from any write to the same object that is
// not sequenced after it. Values are computed thread by thread from there; a candidate whose values
// depend on themselves is left out: [atomics.order]/8 asks that there be no such "out of thin air"
// values. Candidates differ in what they read from.
class Candidates {
 public:
  // Throws std::invalid_argument if the program has too many operations.
  explicit Candidates(const Program& program);

  template <class Call>
  void for_each(Call call) {
    while (next()) call(static_cast<const Execution&>(execution_));
  }

 private:
  enum class Fact : std::uint8_t { unknown, no, yes };
  struct State {
    Fact executed = Fact::unknown;
    Fact writes = Fact::unknown;
    std::optional<unsigned> read;
  };

  bool next();
  bool advance();
  bool compute();
  bool settle(EventId event);
  bool settle_executed(EventId event);
  bool settle_read(EventId event);
  bool settle_written(EventId event);
  bool is_possible() const;
  void collect();
  EventId sibling(EventId event, unsigned index) const noexcept {
    return event - execution_.events[event].index + index;
  }

  Execution execution_;
  std::vector<EventId> readers_;
  std::vector<std::vector<EventId>> choices_;  // of each of readers_
  std::vector<std::size_t> chosen_;
  bool begun_ = false;
  std::array<State, Relation::most_events> states_{};
};

// sequenced[intro.execution]/8, of what is executed; initialization comes before everything.
Relation sequenced(const Execution& execution);

}  // namespace poolproof::judge
