#include "trace_marks.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
using Phase = HistoryEvent::Phase;
constexpr std::size_t none = TraceEvent::none;

// The last event before end that fits; none if there is none.
template <class Fits>
std::size_t last_before(const History& history, std::size_t end, Fits fits) {
  while (end-- != 0) {
    if (fits(history[end])) return end;
  }
  return none;
}

std::size_t last_write(const History& history, std::size_t end, const void* address) {
  return last_before(history, end, [address](const HistoryEvent& event) {
    return event.address == address && event.writes();
  });
}

// The store whose value a load saw.
std::size_t store_seen(const History& history, std::size_t load) {
  const HistoryEvent& event = history[load];
  const std::size_t newest = last_write(history, load, event.address);
  if (!event.stale || newest == none) return newest;
  return last_before(history, newest, [&event](const HistoryEvent& write) {
    return write.address == event.address && write.writes() && write.stored.raw == event.seen.raw;
  });
}

// How often the variable got another value in (first, end).
unsigned changes(const History& history, std::size_t first, std::size_t end) {
  unsigned count = 0;
  for (std::size_t i = first + 1; i != end; ++i) {
    const HistoryEvent& event = history[i];
    if (event.address == history[end].address && event.writes() &&
        event.stored.raw != event.seen.raw) {
      ++count;
    }
  }
  return count;
}

// What the actor has loaded from other atomics in (first, end), and whether all of it is still so.
void check_reliance(History& history, std::size_t first, std::size_t end) {
  HistoryEvent& cas = history[end];
  cas.harmless = true;
  for (std::size_t i = first + 1; i < end; ++i) {
    const HistoryEvent& load = history[i];
    if (load.actor != cas.actor || load.kind != Kind::load || load.address == cas.address) continue;
    cas.harmless = false;
    const std::size_t newest = last_write(history, end, load.address);
    if (newest != none && history[newest].stored.raw != load.seen.raw) cas.outdated_index = i;
  }
}

void mark_aba(History& history, std::size_t index) {
  HistoryEvent& cas = history[index];
  const std::size_t looked = last_before(history, index, [&cas](const HistoryEvent& event) {
    return event.address == cas.address && event.actor == cas.actor && event.phase != Phase::before;
  });
  cas.aba = false;
  if (looked == none) return;
  const std::size_t seen =
      history[looked].reads() && !history[looked].writes() ? store_seen(history, looked) : looked;
  cas.changes = changes(history, seen == none ? looked : seen, index);
  cas.aba = cas.changes > 1;
  cas.since_index = looked;
  if (cas.aba) check_reliance(history, looked, index);
}

// Does a read of a plain variable tell its actor what it knows already?
bool known(const History& history, std::size_t read) {
  const HistoryEvent& event = history[read];
  const std::size_t last = last_before(history, read, [&event](const HistoryEvent& other) {
    return other.address == event.address && other.phase != Phase::before &&
           (other.writes() || other.actor == event.actor);
  });
  return last != none && history[last].actor == event.actor;
}

bool only_reads(const HistoryEvent& event) {
  return event.reads() && !event.writes() && event.kind != Kind::cas;
}

// Hides the reads of the call that starts at first, if nobody came between its events.
void hide_in_call(History& history, std::size_t first) {
  std::vector<std::size_t> reads;
  bool others = false;   // have had a step since the call's first
  bool started = false;  // the call has had its first step
  for (std::size_t i = first + 1; i != history.size(); ++i) {
    const HistoryEvent& event = history[i];
    if (event.hidden || (event.note && event.actor != history[first].actor)) continue;
    if (event.actor != history[first].actor) {
      others = others || started;
      continue;
    }
    if (event.starts_call()) break;
    if (event.note) continue;
    if (others) return;
    started = true;
    if (only_reads(event) && !event.stale && !event.race) reads.push_back(i);
  }
  for (const std::size_t read : reads) history[read].hidden = true;
}

}  // namespace

void mark_values(History& history) {
  for (std::size_t i = 0; i != history.size(); ++i) {
    HistoryEvent& event = history[i];
    if (event.stale) {
      const std::size_t newest = last_write(history, i, event.address);
      if (newest != none) event.newest = history[newest].stored;
    }
    if (event.aba) mark_aba(history, i);
  }
}

void mark_race(History& history, std::size_t index) {
  HistoryEvent& second = history[index];
  second.race = true;
  second.seen = second.stored = {};  // it came to nothing
  const std::size_t first = last_before(history, index, [&second](const HistoryEvent& event) {
    return event.address == second.address && event.actor != second.actor && !event.note &&
           (event.writes() || second.writes());
  });
  if (first != none) history[first].race = true;
}

void hide_noise(History& history, const Names& names, const void* focus) {
  std::set<const void*> written;
  for (const HistoryEvent& event : history) {
    if (event.phase == Phase::actors && event.writes() && !event.made) {
      written.insert(event.address);
    }
  }
  for (std::size_t i = 0; i != history.size(); ++i) {
    HistoryEvent& event = history[i];
    if (event.phase != Phase::actors) event.hidden = true;
    if (event.hidden || event.race || event.address == nullptr) continue;
    if (event.address == focus && event.writes()) continue;
    const Names::Variable* variable = names.find(event.address);
    const auto role = variable == nullptr ? Names::Role::algorithm : variable->role;
    event.hidden = event.made || role != Names::Role::algorithm ||
                   (only_reads(event) &&
                    (!written.contains(event.address) || (event.plain() && known(history, i))));
  }
}

void hide_implied(History& history) {
  // The last call of the actor that failed tells why it did.
  const std::size_t last_call =
      last_before(history, history.size(), [&history](const HistoryEvent& event) {
        return event.starts_call() && event.actor == history.back().actor;
      });
  for (std::size_t i = 0; i != history.size(); ++i) {
    if (history[i].starts_call() && !history[i].hidden && i != last_call) hide_in_call(history, i);
  }
}

std::size_t shown(const History& history) {
  return static_cast<std::size_t>(
      std::count_if(history.begin(), history.end(),
                    [](const HistoryEvent& event) { return !event.hidden && !event.note; }));
}

}  // namespace poolproof
