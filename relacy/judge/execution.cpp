#include "execution.hpp"

#include <stdexcept>

namespace poolproof::judge {

Candidates::Candidates(const Program& program) {
  std::vector<Event>& events = execution_.events;
  for (unsigned object = 0; object != program.objects(); ++object) {
    Event& initial = events.emplace_back();
    initial.op.kind = Kind::store;
    initial.op.plain = true;
    initial.op.object = object;
  }
  for (unsigned thread = 0; thread != program.threads.size(); ++thread) {
    unsigned index = 0;
    for (const Operation& op : program.threads[thread]) events.push_back({thread, index++, op});
  }
  if (events.size() > Relation::most_events) throw std::invalid_argument("too many operations");
  for (EventId reader = 0; reader != execution_.size(); ++reader) {
    if (!events[reader].op.reads()) continue;
    readers_.push_back(reader);
    std::vector<EventId>& choices = choices_.emplace_back();
    for (EventId writer = 0; writer != execution_.size(); ++writer) {
      if (writer == reader || !events[writer].op.may_write()) continue;
      if (!execution_.same_object(writer, reader)) continue;
      if (events[writer].thread == events[reader].thread && writer > reader) continue;
      choices.push_back(writer);
    }
  }
  chosen_.assign(readers_.size(), 0);
}

bool Candidates::next() {
  for (;;) {
    if (begun_ && !advance()) return false;
    begun_ = true;
    if (compute()) return true;
  }
}

// To the next combination of choices.
bool Candidates::advance() {
  for (std::size_t i = 0; i != chosen_.size(); ++i) {
    if (++chosen_[i] != choices_[i].size()) return true;
    chosen_[i] = 0;
  }
  return false;
}

// Everything that follows from the choices, as far as nothing depends on itself.
bool Candidates::compute() {
  EventSet taken = 0;
  for (std::size_t i = 0; i != readers_.size(); ++i) {
    const EventId source = choices_[i][chosen_[i]];
    const Operation& op = execution_.events[readers_[i]].op;
    execution_.source[readers_[i]] = source;
    if (!op.always_writes() || op.condition) continue;
    if (contains(taken, source)) return false;  // two that change the same value
    taken |= set_of(source);
  }
  states_.fill({});
  for (bool settled = true; settled;) {
    settled = false;
    for (EventId event = 0; event != execution_.size(); ++event) settled |= settle(event);
  }
  if (!is_possible()) return false;
  collect();
  return true;
}

bool Candidates::settle(EventId event) {
  const bool executed = settle_executed(event);
  const bool read = settle_read(event);
  return settle_written(event) || read || executed;
}

bool Candidates::settle_executed(EventId event) {
  State& state = states_[event];
  if (state.executed != Fact::unknown) return false;
  const Operation& op = execution_.events[event].op;
  if (!op.condition) {
    state.executed = Fact::yes;
    return true;
  }
  const State& asked = states_[sibling(event, *op.condition)];
  if (asked.executed == Fact::no) {
    state.executed = Fact::no;
  } else if (asked.read) {
    state.executed = *asked.read == op.wanted ? Fact::yes : Fact::no;
  }
  return state.executed != Fact::unknown;
}

bool Candidates::settle_read(EventId event) {
  State& state = states_[event];
  if (state.executed != Fact::yes || state.read || !execution_.events[event].op.reads()) {
    return false;
  }
  const EventId source = execution_.source[event];
  if (states_[source].writes != Fact::yes) return false;
  state.read = execution_.written[source];
  return true;
}

bool Candidates::settle_written(EventId event) {
  State& state = states_[event];
  if (state.executed == Fact::unknown || state.writes != Fact::unknown) return false;
  const Operation& op = execution_.events[event].op;
  unsigned& written = execution_.written[event];
  if (state.executed == Fact::no || !op.may_write()) {
    state.writes = Fact::no;
    return true;
  }
  if (op.value_of) {
    const State& from = states_[sibling(event, *op.value_of)];
    if (from.executed != Fact::no && !from.read) return false;
    written = from.read.value_or(0);  // not executed: nothing was read
  } else if (op.kind == Kind::store || op.kind == Kind::exchange) {
    written = op.value;
  } else {
    if (!state.read) return false;
    written = op.kind == Kind::fetch_add ? *state.read + op.value : op.value;
  }
  state.writes = op.kind != Kind::cas || *state.read == op.expected ? Fact::yes : Fact::no;
  return true;
}

bool Candidates::is_possible() const {
  for (EventId event = 0; event != execution_.size(); ++event) {
    const State& state = states_[event];
    if (state.executed == Fact::unknown || state.writes == Fact::unknown) return false;
    if (state.executed == Fact::yes && execution_.events[event].op.reads() && !state.read) {
      return false;
    }
  }
  // What a read that is not executed would have read from makes no difference: once is enough.
  for (std::size_t i = 0; i != readers_.size(); ++i) {
    if (states_[readers_[i]].executed == Fact::no && chosen_[i] != 0) return false;
  }
  return true;
}

void Candidates::collect() {
  execution_.executed = execution_.reads = execution_.writes = 0;
  for (EventId event = 0; event != execution_.size(); ++event) {
    const State& state = states_[event];
    if (state.executed == Fact::yes) execution_.executed |= set_of(event);
    if (state.writes == Fact::yes) execution_.writes |= set_of(event);
    if (!state.read) continue;
    execution_.reads |= set_of(event);
    execution_.read[event] = *state.read;
  }
  execution_.updates = execution_.reads & execution_.writes;
}

Relation sequenced(const Execution& execution) {
  Relation all(execution.size());
  for_each(execution.executed, [&](EventId before) {
    for_each(execution.executed, [&](EventId after) {
      const Event& first = execution.events[before];
      const Event& second = execution.events[after];
      if (first.is_initial() ? !second.is_initial()
                             : first.thread == second.thread && before < after) {
        all.add(before, after);
      }
    });
  });
  return all;
}

}  // namespace poolproof::judge
