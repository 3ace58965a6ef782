#include "trace_cause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace poolproof {

namespace {

constexpr std::size_t none = TraceEvent::none;

const HistoryEvent* last_write(const History& history, const void* address, std::size_t end) {
  while (end-- != 0) {
    if (history[end].address == address && history[end].writes()) return &history[end];
  }
  return nullptr;
}

// " (events 5, 7 and 9)": those that changed the variable meanwhile.
std::string changers(const History& history, std::size_t cas) {
  std::vector<unsigned> numbers;
  for (std::size_t i = history[cas].since_index + 1; i != cas; ++i) {
    const HistoryEvent& event = history[i];
    if (event.address == history[cas].address && event.writes() && event.number != 0 &&
        event.seen.raw != event.stored.raw) {
      numbers.push_back(event.number);
    }
  }
  return numbers.empty() ? "" : " (" + events_text(numbers) + ")";
}

std::string last_value(const History& history, const void* address, std::size_t end) {
  const HistoryEvent* write = last_write(history, address, end);
  if (write == nullptr) return "something else";
  std::string text = write->stored.text();
  if (write->number != 0) text += fmt::format(" (event {})", write->number);
  return text;
}

std::string aba(const History& history, std::size_t index) {
  const HistoryEvent& cas = history[index];
  const std::string value = cas.expected.text();
  const std::string saw =
      fmt::format("{} saw {} = {} (event {})", actor_text(cas), cas.variable, value, cas.since);
  const std::string changed =
      fmt::format("then {} changed {} times and came back to {}{}", cas.variable, cas.changes,
                  value, changers(history, index));
  if (cas.outdated_index == none) {
    return fmt::format("{}; {}, so its {} CAS (event {}) took it for untouched", saw, changed,
                       cas.order, cas.number) +
           (cas.order == "relaxed" ? " and acquired nothing of what was done meanwhile" : "");
  }
  const HistoryEvent& load = history[cas.outdated_index];
  return fmt::format(
      "{} and {} = {} (event {}); {}, but {} had become {}, so its CAS (event {}) succeeded and "
      "installed the outdated {} = {}",
      saw, load.variable, load.seen.text(), load.number, changed, load.variable,
      last_value(history, load.address, index), cas.number, load.variable, load.seen.text());
}

// The last two, and each with all events that are like it.
std::string stale_reads(const History& history) {
  std::vector<std::pair<std::string, std::vector<unsigned>>> reads;
  for (const HistoryEvent& event : history) {
    if (!event.stale || event.number == 0) continue;
    const std::string text =
        fmt::format("{} reads the old {} = {} although {} is newest", actor_text(event),
                    event.variable, event.seen.text(), event.newest.text());
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

bool releases(const HistoryEvent& event) {
  return event.order == "release" || event.order == "acq_rel" || event.order == "seq_cst";
}
bool acquires(const HistoryEvent& event) {
  return event.order == "acquire" || event.order == "acq_rel" || event.order == "seq_cst";
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

std::size_t harmful_aba(const History& history) {
  std::size_t found = none;
  for (std::size_t i = 0; i != history.size(); ++i) {
    const HistoryEvent& event = history[i];
    if (!event.aba || event.harmless || event.number == 0) continue;
    if (found == none || history[found].outdated_index == none || event.outdated_index != none) {
      found = i;
    }
  }
  return found;
}

std::string cause(const History& history, const std::string& oracle) {
  if (const std::size_t index = harmful_aba(history); index != none) return aba(history, index);
  return oracle == "race" ? "" : stale_reads(history);
}

std::string missing_order(const History& history, const HistoryEvent& first,
                          const HistoryEvent& second) {
  const HistoryEvent* best = nullptr;
  const HistoryEvent* stored = nullptr;
  for (const HistoryEvent* load = &first; load != &second; ++load) {
    if (load->actor != second.actor || !load->reads() || load->plain() || load->stale) continue;
    const HistoryEvent* store =
        last_write(history, load->address, static_cast<std::size_t>(load - history.data()));
    if (store == nullptr || store < &first || store->actor != first.actor) continue;
    if (best != nullptr && (acquires(*best) || !acquires(*load))) continue;
    best = load;
    stored = store;
  }
  if (best == nullptr || (releases(*stored) && acquires(*best))) return {};
  if (!releases(*stored) && !acquires(*best)) {
    return fmt::format(
        "; {} passes from one to the other (events {} and {}), but neither releases nor acquires",
        best->variable, stored->number, best->number);
  }
  const bool weak_store = !releases(*stored);
  const HistoryEvent& weak = weak_store ? *stored : *best;
  return fmt::format("; the {} of {} (event {}) would, if it were not {}", weak.operation,
                     weak.variable, weak.number, weak.order);
}

}  // namespace poolproof
