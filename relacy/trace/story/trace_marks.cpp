#include "trace_marks.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "relacy/trace/names.hpp"
#include "trace_aba.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
using Phase = HistoryEvent::Phase;
constexpr std::size_t none = DraftEvent::none;

// Does a read of a plain variable tell its actor what it knows already?
bool known(const Draft& draft, std::size_t read) {
  const DraftEvent& event = draft[read];
  const std::size_t last = last_before(draft, read, [&event](const DraftEvent& other) {
    return other.address == event.address && other.phase != Phase::before &&
           (other.writes() || other.actor == event.actor);
  });
  return last != none && draft[last].actor == event.actor;
}

bool only_reads(const DraftEvent& event) {
  return event.reads() && !event.writes() && event.kind != Kind::cas;
}

// Hides the reads of the call that starts at first, if nobody came between its events.
void hide_in_call(Draft& draft, std::size_t first) {
  std::vector<std::size_t> reads;
  bool others = false;   // have had a step since the call's first
  bool started = false;  // the call has had its first step
  for (std::size_t i = first + 1; i != draft.size(); ++i) {
    const DraftEvent& event = draft[i];
    if (event.hidden || (event.note() && event.actor != draft[first].actor)) continue;
    if (event.actor != draft[first].actor) {
      others = others || started;
      continue;
    }
    if (event.starts_call()) break;
    if (event.note()) continue;
    if (others) return;
    started = true;
    if (only_reads(event) && !event.stale && !event.race) reads.push_back(i);
  }
  for (const std::size_t read : reads) draft[read].hidden = true;
}

}  // namespace

void mark_values(Draft& draft, const Names& names) {
  for (std::size_t i = 0; i != draft.size(); ++i) {
    DraftEvent& event = draft[i];
    if (event.stale) {
      const std::size_t newest = last_write(draft, i, event.address);
      if (newest != none) event.newest = draft[newest].stored;
    }
    if (event.aba) mark_aba(draft, i, names);
  }
}

void mark_race(Draft& draft, std::size_t index) {
  DraftEvent& second = draft[index];
  second.race = true;
  // It came to nothing.
  second.seen = second.stored = {};
  second.raw_seen = second.raw_stored = {};
  const std::size_t first = last_before(draft, index, [&second](const DraftEvent& event) {
    return event.address == second.address && event.actor != second.actor && !event.note() &&
           (event.writes() || second.writes());
  });
  if (first != none) draft[first].race = true;
}

void hide_noise(Draft& draft, const Names& names, const void* focus) {
  std::set<const void*> written;
  for (const DraftEvent& event : draft) {
    if (event.phase == Phase::actors && event.writes() && !event.made) {
      written.insert(event.address);
    }
  }
  for (std::size_t i = 0; i != draft.size(); ++i) {
    DraftEvent& event = draft[i];
    if (event.phase != Phase::actors) event.hidden = true;
    if (event.hidden || event.race || event.address == nullptr) continue;
    if (event.address == focus && event.writes()) continue;
    const Names::Variable* variable = names.find(event.address);
    const auto role = variable == nullptr ? Names::Role::algorithm : variable->role;
    event.hidden = event.made || role != Names::Role::algorithm ||
                   (only_reads(event) &&
                    (!written.contains(event.address) || (event.plain() && known(draft, i))));
  }
}

void hide_implied(Draft& draft) {
  // The last call of the actor that failed tells why it did.
  const std::size_t last_call = last_before(draft, draft.size(), [&draft](const DraftEvent& event) {
    return event.starts_call() && event.actor == draft.back().actor;
  });
  for (std::size_t i = 0; i != draft.size(); ++i) {
    if (draft[i].starts_call() && !draft[i].hidden && i != last_call) hide_in_call(draft, i);
  }
}

std::size_t shown(const Draft& draft) {
  return static_cast<std::size_t>(
      std::count_if(draft.begin(), draft.end(),
                    [](const DraftEvent& event) { return !event.hidden && !event.note(); }));
}

}  // namespace poolproof
