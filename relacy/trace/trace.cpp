#include "trace.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "explanation.hpp"
#include "trace_cause.hpp"
#include "trace_marks.hpp"
#include "trace_parse.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
using Phase = HistoryEvent::Phase;

constexpr std::size_t readable = 40;  // events
constexpr std::size_t most_events = 400;

// Relacy's last line, "DATA RACE (data race detected)", becomes the event of the failure.
void end_with_failure(History& history, const Trace& trace) {
  if (history.empty()) {
    history.emplace_back();
    history.back().phase = Phase::rest;
  }
  HistoryEvent& last = history.back();
  last.kind = Kind::fail;
  last.note = false;
  last.address = nullptr;
  last.at_rest = last.phase == Phase::rest;
  last.text = (last.at_rest ? "at rest, " : "") + trace.oracle + ": " + trace.failure;
}

// The access that the failure is about: the one just before it.
std::size_t last_access(const History& history) {
  const std::size_t failure = history.size() - 1;
  if (failure == 0 || history[failure - 1].actor != history[failure].actor) return TraceEvent::none;
  return history[failure - 1].address == nullptr ? TraceEvent::none : failure - 1;
}

void mark(History& history, const Names& names, Trace& trace) {
  const std::string& oracle = trace.oracle;
  mark_values(history);
  const void* focus = nullptr;
  const std::size_t access = last_access(history);
  if (access != TraceEvent::none) {
    if (oracle == "race") mark_race(history, access);
    if (oracle == "payload" || oracle == "uninitialized") focus = history[access].address;
  }
  hide_noise(history, names, focus);
  history.back().hidden = false;
  trace.implied = shown(history) > readable;
  if (trace.implied) hide_implied(history);
}

// Puts the notes of the model, where a call starts and what it gave, into the events of that call.
class Fold {
 public:
  explicit Fold(History& history) : history_(history) {}

  void run() {
    for (std::size_t i = 0; i != history_.size(); ++i) {
      HistoryEvent& event = history_[i];
      Actor& actor = actors_[event.actor % actors_.size()];
      if (event.hidden) continue;
      if (event.note) {
        note(actor, i);
      } else {
        event.call = std::exchange(actor.call, {});
        actor.last = i;
      }
    }
    // What an actor was about to do tells something, unless it is an alloc.
    for (Actor& actor : actors_) {
      if (!actor.call.empty() && actor.call != "alloc") show(actor);
    }
  }

 private:
  struct Actor {
    std::string call;  // has started, without an event so far
    std::size_t call_note = TraceEvent::none;
    std::size_t last = TraceEvent::none;  // event
  };
  void note(Actor& actor, std::size_t index) {
    HistoryEvent& event = history_[index];
    event.hidden = true;
    if (event.starts_call()) {
      if (!actor.call.empty()) actor.call += ", ";
      actor.call += event.text;
      actor.call_note = index;
      return;
    }
    if (!actor.call.empty() || actor.last == TraceEvent::none) {
      actor.call_note = index;
      actor.last = index;
      show(actor);
    }
    history_[actor.last].result = event.text.substr(HistoryEvent::got.size());
  }
  // The call as an event of its own.
  void show(Actor& actor) {
    HistoryEvent& event = history_[actor.call_note];
    event.kind = Kind::call;
    event.hidden = false;
    event.note = false;
    event.call = std::exchange(actor.call, {});
  }

  History& history_;
  std::array<Actor, 4> actors_;
};

void number(History& history) {
  unsigned number = 0;
  for (HistoryEvent& event : history) {
    if (!event.hidden) event.number = ++number;
  }
  for (HistoryEvent& event : history) {
    if (event.since_index != TraceEvent::none) event.since = history[event.since_index].number;
    if (event.outdated_index != TraceEvent::none) {
      event.outdated = history[event.outdated_index].number;
    }
  }
}

// All events to be shown; of very many only the last, and the course of the ABA that they may come
// from.
void collect(const History& history, Trace& trace) {
  const unsigned all = history.back().number;
  const bool many = trace.oracle == "livelock" && all > readable + readable / 2;
  const std::size_t most = many ? readable : most_events;
  const std::size_t aba = harmful_aba(history);
  const auto belongs = [&](const HistoryEvent& event) {
    if (event.number + most > all) return true;
    if (aba == TraceEvent::none) return false;
    const HistoryEvent& cas = history[aba];
    return event.number >= cas.since && event.number <= cas.number && cas.number < cas.since + most;
  };
  for (const HistoryEvent& event : history) {
    if (!event.hidden && belongs(event)) trace.events.push_back(event);
  }
}

}  // namespace

Trace read_trace(const std::string& history_text, const Names& names, const std::string& oracle,
                 const std::string& failure) {
  Trace trace;
  trace.oracle = oracle;
  trace.failure = failure;
  trace.setting = names.setting();
  History history = parse_history(history_text, names);
  end_with_failure(history, trace);
  mark(history, names, trace);
  Fold(history).run();
  number(history);
  trace.story = tell(history, trace);
  collect(history, trace);
  return trace;
}

}  // namespace poolproof
