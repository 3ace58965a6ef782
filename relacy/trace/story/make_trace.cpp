#include "relacy/trace/story/make_trace.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "draft.hpp"
#include "explanation.hpp"
#include "relacy/trace/names.hpp"
#include "relacy/trace/source_lines.hpp"
#include "trace_cause.hpp"
#include "trace_fence.hpp"
#include "trace_marks.hpp"
#include "trace_order.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
using Phase = HistoryEvent::Phase;

constexpr std::size_t readable = 40;  // events
constexpr std::size_t most_events = 400;

// The last event, in which the engine says that the execution failed, becomes the failure.
void end_with_failure(Draft& draft, const Trace& trace) {
  if (draft.empty()) {
    draft.emplace_back();
    draft.back().phase = Phase::rest;
  }
  DraftEvent& last = draft.back();
  last.kind = Kind::fail;
  last.address = nullptr;
  last.at_rest = last.phase == Phase::rest;
  last.text = (last.at_rest ? "at rest, " : "") + trace.oracle + ": " + trace.failure;
}

// The access that the failure is about: the one just before it.
std::size_t last_access(const Draft& draft) {
  const std::size_t failure = draft.size() - 1;
  if (failure == 0 || draft[failure - 1].actor != draft[failure].actor) return DraftEvent::none;
  return draft[failure - 1].address == nullptr ? DraftEvent::none : failure - 1;
}

void mark(Draft& draft, const Names& names, Trace& trace) {
  const std::string& oracle = trace.oracle;
  mark_values(draft, names);
  const void* focus = nullptr;
  const std::size_t access = last_access(draft);
  if (access != DraftEvent::none) {
    if (oracle == "race") mark_race(draft, access);
    if (oracle == "payload" || oracle == "uninitialized") focus = draft[access].address;
  }
  hide_noise(draft, names, focus);
  draft.back().hidden = false;
  trace.implied = shown(draft) > readable;
  if (trace.implied) hide_implied(draft);
  if (oracle == "race") show_links(draft, unordered_by_race(draft));
  const std::size_t stale = last_stale_load(draft);
  if (stale == DraftEvent::none) return;
  show_links(draft, unordered_by_load(draft, stale));
  show_store_buffering(draft, stale);
}

// Puts the notes of the model, where a call starts and what it gave, into the events of that call.
class Fold {
 public:
  explicit Fold(Draft& draft) : draft_(draft) {}

  void run() {
    for (std::size_t i = 0; i != draft_.size(); ++i) {
      DraftEvent& event = draft_[i];
      Actor& actor = actors_[event.actor % actors_.size()];
      if (event.hidden) continue;
      if (event.note()) {
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
    std::size_t call_note = DraftEvent::none;
    std::size_t last = DraftEvent::none;  // event
  };
  void note(Actor& actor, std::size_t index) {
    DraftEvent& event = draft_[index];
    event.hidden = true;
    if (event.starts_call()) {
      if (!actor.call.empty()) actor.call += ", ";
      actor.call += event.text;
      actor.call_note = index;
      return;
    }
    if (!actor.call.empty() || actor.last == DraftEvent::none) {
      actor.call_note = index;
      actor.last = index;
      show(actor);
    }
    draft_[actor.last].result = event.text.substr(DraftEvent::got.size());
  }
  // The call as an event of its own.
  void show(Actor& actor) {
    DraftEvent& event = draft_[actor.call_note];
    event.kind = Kind::call;
    event.hidden = false;
    event.call = std::exchange(actor.call, {});
  }

  Draft& draft_;
  std::array<Actor, 4> actors_;
};

void number(Draft& draft) {
  unsigned number = 0;
  for (DraftEvent& event : draft) {
    if (!event.hidden) event.number = ++number;
  }
  for (DraftEvent& event : draft) {
    if (event.since_index != DraftEvent::none) event.since = draft[event.since_index].number;
    if (event.outdated_index != DraftEvent::none) {
      event.outdated = draft[event.outdated_index].number;
    }
  }
}

// All events to be shown; of very many only the last, and the course of the ABA that they may come
// from.
void collect(const Draft& draft, Trace& trace) {
  const unsigned all = draft.back().number;
  const bool many = trace.oracle == "livelock" && all > readable + readable / 2;
  const std::size_t most = many ? readable : most_events;
  const std::size_t aba = harmful_aba(draft);
  const auto belongs = [&](const DraftEvent& event) {
    if (event.number + most > all) return true;
    if (aba == DraftEvent::none) return false;
    const DraftEvent& cas = draft[aba];
    return event.number >= cas.since && event.number <= cas.number && cas.number < cas.since + most;
  };
  SourceLines sources;
  for (const DraftEvent& event : draft) {
    if (event.hidden || !belongs(event)) continue;
    trace.events.push_back(event);
    trace.events.back().source = sources.line(event.path, event.line);
    trace.events.back().in_repository = sources.in_repository(event.path);
  }
}

}  // namespace

Trace make_trace(const History& history, const Names& names, const std::string& oracle,
                 const std::string& failure) {
  Trace trace;
  trace.oracle = oracle;
  trace.failure = failure;
  trace.setting = names.setting();
  Draft draft = make_draft(history, names);
  end_with_failure(draft, trace);
  mark(draft, names, trace);
  Fold(draft).run();
  number(draft);
  trace.story = tell(draft, trace);
  collect(draft, trace);
  return trace;
}

}  // namespace poolproof
