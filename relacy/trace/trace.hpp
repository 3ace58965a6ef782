// The trace of a failed execution: its history without the noise, with its variables named and its
// values decoded, and with marks on what matters; as text for people and as JSON. story/ makes it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "decoder.hpp"
#include "relacy/engine/history.hpp"

namespace poolproof {

// A value for people.
struct TraceValue {
  Fields fields;

  std::string text() const { return fields_text(fields); }
};

// An event of the history, and what the trace says of it. Its kind is call where an actor's call
// has no event that would show it, and fail for the failure.
struct TraceEvent : HistoryEvent {
  unsigned number = 0;        // from 1, in order
  std::string source;         // its line in the source; empty where that is not there
  std::string in_repository;  // the path of its file; empty where it is in none
  std::string variable;
  TraceValue seen;
  TraceValue expected;
  TraceValue stored;
  std::string call;      // that starts here: "alloc", "free block 1"
  std::string result;    // of the call that ends here: "block 1", "none"
  bool at_rest = false;  // a failure once all actors are done
  TraceValue newest;     // of a stale access: what it would have seen, or come behind, else
  bool race = false;     // one of the two
  // An ABA (aba), after that many changes, whose actor has relied on nothing else since is
  // harmless.
  bool harmless = false;
  unsigned changes = 0;
  unsigned since = 0;     // the number of the event by which its actor had looked
  unsigned outdated = 0;  // of a load since then, by the same actor, that it would not repeat; 0:
                          // none
};

struct Trace {
  std::vector<TraceEvent> events;  // the last is the failure
  std::string oracle;
  std::string failure;
  std::string setting;   // what the execution was about; may be empty
  std::string story;     // what went wrong, in a sentence
  bool implied = false;  // reads in calls that nobody interrupted are left out
};

// How a trace is to be printed.
struct TraceLook {
  bool colour = false;
  unsigned width = 110;  // columns, 80 at least
};

// The story, the source lines of the events that matter, and all events, in a column for each
// actor.
std::string trace_text(const Trace& trace, unsigned actors, const TraceLook& look = {});

// An array with an object for each event.
nlohmann::ordered_json trace_json(const Trace& trace);

}  // namespace poolproof
