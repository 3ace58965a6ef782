#include "trace_cause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "trace_fence.hpp"
#include "trace_order.hpp"

namespace poolproof {

namespace {

constexpr std::size_t none = DraftEvent::none;

// " (events 5, 7 and 9)": those that changed the variable meanwhile.
std::string changers(const Draft& draft, std::size_t cas) {
  std::vector<unsigned> numbers;
  for (std::size_t i = draft[cas].since_index + 1; i != cas; ++i) {
    const DraftEvent& event = draft[i];
    if (event.address == draft[cas].address && event.writes() && event.number != 0 &&
        event.raw_seen != event.raw_stored) {
      numbers.push_back(event.number);
    }
  }
  return numbers.empty() ? "" : " (" + events_text(numbers) + ")";
}

std::string last_value(const Draft& draft, const void* address, std::size_t end) {
  const std::size_t index = last_write(draft, end, address);
  if (index == none) return "something else";
  const DraftEvent& write = draft[index];
  return write.stored.text() + (write.number == 0 ? "" : fmt::format(" (event {})", write.number));
}

std::string aba(const Draft& draft, std::size_t index) {
  const DraftEvent& cas = draft[index];
  const std::string value = cas.expected.text();
  const std::string saw =
      fmt::format("{} saw {} = {} (event {})", actor_text(cas), cas.variable, value, cas.since);
  const std::string changed = fmt::format("then {} changed {} times and came back to {}{}",
                                          cas.variable, cas.changes, value, changers(draft, index));
  if (cas.outdated_index == none) {
    return fmt::format("{}; {}, so its {} CAS (event {}) took it for untouched", saw, changed,
                       cas.order, cas.number) +
           (!cas.relies
                ? ", whatever its actor had read meanwhile as plain memory, which is not seen"
            : cas.order == "relaxed" ? " and acquired nothing of what was done meanwhile"
                                     : "");
  }
  const DraftEvent& load = draft[cas.outdated_index];
  return fmt::format(
      "{} and {} = {} (event {}); {}, but {} had become {}, so its CAS (event {}) succeeded and "
      "installed the outdated {} = {}",
      saw, load.variable, load.seen.text(), load.number, changed, load.variable,
      last_value(draft, load.address, index), cas.number, load.variable, load.seen.text());
}

std::string stale_access(const DraftEvent& event) {
  if (event.writes()) {
    return fmt::format("{} puts {} = {} before {}, which comes later in modification order",
                       actor_text(event), event.variable, event.stored.text(), event.newest.text());
  }
  if (event.seen.text() == event.newest.text()) {
    return fmt::format("{} reads the old {} = {}; the newest store has the same value",
                       actor_text(event), event.variable, event.seen.text());
  }
  return fmt::format("{} reads the old {} = {} although {} is newest", actor_text(event),
                     event.variable, event.seen.text(), event.newest.text());
}

// The last two, and each with all events that are like it.
std::string stale_accesses(const Draft& draft) {
  std::vector<std::pair<std::string, std::vector<unsigned>>> reads;
  for (const DraftEvent& event : draft) {
    if (!event.stale || event.number == 0) continue;
    const std::string text = stale_access(event);
    const auto same = [&text](const auto& read) { return read.first == text; };
    const auto found = std::find_if(reads.begin(), reads.end(), same);
    if (found == reads.end()) {
      reads.push_back({text, {event.number}});
    } else {
      found->second.push_back(event.number);
    }
  }
  std::vector<std::string> parts;
  for (std::size_t i = reads.size() > 2 ? reads.size() - 2 : 0; i != reads.size(); ++i) {
    parts.push_back(fmt::format("{} ({})", reads[i].first, events_text(reads[i].second)));
  }
  return joined(parts, "; ");
}

// Is what the actor does there part of a call that allocates?
bool is_in_alloc(const Draft& draft, std::size_t index) {
  const std::size_t call = last_before(draft, index, [&](const DraftEvent& event) {
    return event.starts_call() && event.actor == draft[index].actor;
  });
  return call != none && draft[call].text.starts_with("alloc");
}

}  // namespace

std::string actor_text(const TraceEvent& event) { return fmt::format("actor {}", event.actor); }

std::string events_text(const std::vector<unsigned>& numbers) {
  if (numbers.size() == 1) return fmt::format("event {}", numbers[0]);
  if (numbers.size() > 5) return fmt::format("events {} to {}", numbers[0], numbers.back());
  std::string text = "events ";
  for (std::size_t i = 0; i != numbers.size(); ++i) {
    const char* separator = i == 0 ? "" : i + 1 == numbers.size() ? " and " : ", ";
    text += separator + std::to_string(numbers[i]);
  }
  return text;
}

std::string place_text(const TraceEvent& event) {
  return event.file.empty() ? "" : fmt::format(", {}:{}", event.file, event.line);
}

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

std::size_t last_stale_load(const Draft& draft) {
  return last_before(draft, draft.size(), [](const DraftEvent& event) {
    return event.stale && !event.writes() && (!event.hidden || event.number != 0);
  });
}

std::string stale_cause(const Draft& draft) {
  const std::size_t load = last_stale_load(draft);
  if (load == none) return stale_accesses(draft);
  const std::string order = missing_order(draft, unordered_by_load(draft, load));
  return stale_accesses(draft) + (order.empty() ? missing_fence(draft, load) : order);
}

std::size_t harmful_aba(const Draft& draft) {
  const auto weight = [&draft](std::size_t index) {
    const DraftEvent& event = draft[index];
    if (event.outdated_index != none) return 3;
    if (event.relies) return 2;
    return is_in_alloc(draft, index) ? 1 : 0;
  };
  std::size_t found = none;
  for (std::size_t i = 0; i != draft.size(); ++i) {
    const DraftEvent& event = draft[i];
    if (!event.aba || event.harmless || event.number == 0) continue;
    if (found == none || weight(i) >= weight(found)) found = i;
  }
  return found;
}

std::string cause(const Draft& draft, const std::string& oracle) {
  const std::size_t index = harmful_aba(draft);
  const bool sure = index != none && draft[index].relies;
  const std::string stale = sure || oracle == "race" ? "" : stale_cause(draft);
  return joined({index == none ? "" : aba(draft, index), stale}, "; ");
}

}  // namespace poolproof
