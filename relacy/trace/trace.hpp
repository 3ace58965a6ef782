// The trace of a failed execution: read from Relacy's history, without the noise, its variables
// named and its values decoded, with marks on what matters; as text for people and as JSON.
//
//   trace_parse.*   one line of the history, one event
//   trace_marks.*   stale reads, ABA, races; and what is noise
//   explanation.*   what went wrong, in a sentence
//   trace.cpp       all of it in order; the calls folded into their events
//   trace_text.cpp, trace_json.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "names.hpp"

namespace poolproof {

// As Relacy prints it, and for people.
struct TraceValue {
  std::string raw;
  Fields fields;

  std::string text() const { return fields_text(fields); }
};

struct TraceEvent {
  // load, store, cas, rmw: of an atomic; read, write: of a plain variable. call: of an actor, where
  // no event follows to show it. other: a line of Relacy's that is shown as it is.
  enum class Kind : std::uint8_t {
    load,
    store,
    cas,
    rmw,
    read,
    write,
    lock,
    unlock,
    wait,
    call,
    fail,
    other,
  };
  static constexpr std::size_t none = ~std::size_t{0};

  bool plain() const noexcept { return kind == Kind::read || kind == Kind::write; }
  bool reads() const noexcept {
    return kind == Kind::load || kind == Kind::cas || kind == Kind::rmw || kind == Kind::read;
  }
  bool writes() const noexcept {
    return kind == Kind::store || kind == Kind::rmw || kind == Kind::write ||
           (kind == Kind::cas && succeeded);
  }

  unsigned number = 0;  // from 1, in order
  unsigned actor = 0;
  Kind kind = Kind::other;
  std::string operation;  // "load", "fetch_add", "CAS", ...
  const void* address = nullptr;
  std::string variable;
  TraceValue seen;      // what was there
  TraceValue expected;  // by a CAS
  TraceValue stored;    // what was put there, or would have been by a CAS
  bool succeeded = false;
  std::string order;
  std::string file;  // without its folder
  unsigned line = 0;
  std::string call;      // that starts here: "alloc", "free block 1"
  std::string result;    // of the call that ends here: "block 1", "none"
  std::string text;      // of fail and other
  bool at_rest = false;  // a failure once all actors are done

  bool stale = false;     // a load that saw an older store
  TraceValue newest;      // what it would have seen else
  bool spurious = false;  // a CAS that failed for nothing
  bool race = false;      // one of the two
  // A CAS that succeeded although the variable had changed since its actor looked at it, so many
  // times, and come back.
  bool aba = false;
  bool harmless = false;  // it is, as the actor has relied on nothing else since
  unsigned changes = 0;
  unsigned since = 0;  // the number of the event by which its actor had looked
  unsigned outdated =
      0;  // of a load since then, by the same actor, that it would not repeat; 0: none
};

struct Trace {
  std::vector<TraceEvent> events;  // the last is the failure
  std::string oracle;
  std::string failure;
  std::string setting;   // what the execution was about; may be empty
  std::string story;     // what went wrong, in a sentence
  bool implied = false;  // reads in calls that nobody interrupted are left out
};

// names: those of the execution. A history without any event gives the failure alone.
Trace read_trace(const std::string& history, const Names& names, const std::string& oracle,
                 const std::string& failure);

// A column for each actor; lines of at most width, which is 80 at least. Ends with the story.
std::string trace_text(const Trace& trace, unsigned actors, bool colour, unsigned width = 110);

// An array with an object for each event.
nlohmann::ordered_json trace_json(const Trace& trace);

}  // namespace poolproof
