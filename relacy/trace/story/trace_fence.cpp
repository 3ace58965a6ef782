#include "trace_fence.hpp"

#include <fmt/format.h>

#include <vector>

#include "trace_cause.hpp"
#include "trace_order.hpp"

namespace poolproof {

namespace {

constexpr std::size_t none = DraftEvent::none;

bool is_access(const DraftEvent& event) { return event.address != nullptr && !event.order.empty(); }
bool is_seq_cst(const DraftEvent& event) { return event.order == "seq_cst"; }

bool ordered(const Draft& draft, const StoreThenLoad& half) {
  if (is_seq_cst(draft[half.store]) && is_seq_cst(draft[half.load])) return true;
  const std::size_t fence = last_before(draft, half.load, [&](const DraftEvent& event) {
    return event.actor == draft[half.load].actor && fence_order(event) == "seq_cst";
  });
  return fence != none && fence > half.store;
}

// A load by the actor of first, behind that, which has missed what second, of another actor,
// stored.
std::size_t load_that_missed(const Draft& draft, std::size_t first, std::size_t second) {
  for (std::size_t i = first + 1; i < draft.size(); ++i) {
    const DraftEvent& event = draft[i];
    const bool fits = event.actor == draft[first].actor && is_access(event) && event.reads() &&
                      event.address == draft[second].address;
    if (!fits) continue;
    if (i < second || (event.stale && event.raw_seen != draft[second].raw_stored)) return i;
  }
  return none;
}

// What other actors have stored and load, a stale one, has surely not seen: the newest first. What
// has the value that it saw may be what it saw, but for the newest.
std::vector<std::size_t> missed_stores(const Draft& draft, std::size_t load) {
  std::vector<std::size_t> missed;
  const DraftEvent& event = draft[load];
  for (std::size_t i = last_write(draft, load, event.address); i != none;
       i = last_write(draft, i, event.address)) {
    const DraftEvent& store = draft[i];
    if (store.phase != event.phase || store.actor == event.actor || !is_access(store)) break;
    if (!missed.empty() && store.raw_stored == event.raw_seen) break;
    missed.push_back(i);
  }
  return missed;
}

// With missed as what load has not seen; none where its actor has stored nothing before that the
// other one's load missed.
StoreBuffering store_buffering(const Draft& draft, std::size_t missed, std::size_t load) {
  for (std::size_t i = load; i-- != 0;) {
    const DraftEvent& store = draft[i];
    const bool fits = store.actor == draft[load].actor && store.phase == draft[load].phase &&
                      is_access(store) && store.writes() && store.address != draft[load].address;
    if (!fits) continue;
    const std::size_t other = load_that_missed(draft, missed, i);
    if (other != none) return {{missed, other}, {i, load}};
  }
  return {};
}

// "actor 1 stores x (event 1) and then loads y (event 2)"
std::string does(const Draft& draft, const StoreThenLoad& half) {
  const DraftEvent& store = draft[half.store];
  const DraftEvent& load = draft[half.load];
  return fmt::format("{} stores {} (event {}) and then loads {} (event {})", actor_text(store),
                     store.variable, store.number, load.variable, load.number);
}

// "between pool.hpp:12 and pool.hpp:14"
std::string between(const Draft& draft, const StoreThenLoad& half) {
  const auto place = [](const DraftEvent& event) {
    return event.file.empty() ? fmt::format("event {}", event.number)
                              : fmt::format("{}:{}", event.file, event.line);
  };
  const std::string store = place(draft[half.store]);
  const std::string load = place(draft[half.load]);
  return store == load ? fmt::format("between the store and the load at {}", store)
                       : fmt::format("between {} and {}", store, load);
}

}  // namespace

StoreBuffering store_buffering(const Draft& draft, std::size_t load) {
  if (load == none || !draft[load].stale || draft[load].writes()) return {};
  for (const std::size_t missed : missed_stores(draft, load)) {
    StoreBuffering found = store_buffering(draft, missed, load);
    if (found.second.store == none) continue;
    found.first.ordered = ordered(draft, found.first);
    found.second.ordered = ordered(draft, found.second);
    return found.first.ordered && found.second.ordered ? StoreBuffering() : found;
  }
  return {};
}

std::string missing_fence(const Draft& draft, std::size_t load) {
  const StoreBuffering found = store_buffering(draft, load);
  if (found.second.store == none) return {};
  std::vector<std::string> places;
  for (const StoreThenLoad& half : {found.first, found.second}) {
    if (!half.ordered) places.push_back(between(draft, half));
  }
  const bool same = places.size() == 2 && places[0] == places[1];
  if (same) places.pop_back();
  return fmt::format(
      "; {}, {}, and each may miss what the other has stored: it takes a seq_cst fence {}{}",
      does(draft, found.first), does(draft, found.second), joined(places, ", and another "),
      same ? ", for both actors" : "");
}

void show_store_buffering(Draft& draft, std::size_t load) {
  const StoreBuffering found = store_buffering(draft, load);
  if (found.second.store == none) return;
  for (const StoreThenLoad& half : {found.first, found.second}) {
    draft[half.store].hidden = false;
    draft[half.load].hidden = false;
  }
}

}  // namespace poolproof
