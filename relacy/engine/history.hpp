// The history of an execution: what its actors did, event by event, as the engine tells it. Trace
// makes of it what people read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace poolproof {

struct HistoryEvent {
  // load, store, cas, rmw: of an atomic; read, write: of a plain variable; lock, unlock, wait: of a
  // mutex. note: a line of the model's, see model_note. other: what the engine itself has to say.
  // call, fail: only in a trace, see TraceEvent.
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
    note,
    other,
    call,
    fail,
  };
  enum class Phase : std::uint8_t { before, actors, rest };

  bool plain() const noexcept { return kind == Kind::read || kind == Kind::write; }
  bool mutex() const noexcept {
    return kind == Kind::lock || kind == Kind::unlock || kind == Kind::wait;
  }
  bool note() const noexcept { return kind == Kind::note; }
  bool reads() const noexcept {
    return kind == Kind::load || kind == Kind::cas || kind == Kind::rmw || kind == Kind::read;
  }
  bool writes() const noexcept {
    return kind == Kind::store || kind == Kind::rmw || kind == Kind::write ||
           (kind == Kind::cas && succeeded);
  }

  Phase phase = Phase::before;
  unsigned actor = 0;
  Kind kind = Kind::other;
  std::string operation;          // "load", "fetch_add", "CAS", ...; empty for note and other
  const void* address = nullptr;  // of the variable or the mutex
  // Values: a number as "17", a pointer as "0x7f00"; empty where there is none.
  std::string raw_seen;      // what was there
  std::string raw_expected;  // by a CAS
  std::string raw_stored;    // what was put there, or would have been by a CAS
  bool succeeded = false;    // a CAS
  bool made = false;         // the variable is constructed here
  bool stale = false;        // it saw an older store than the newest, or has made one
  bool spurious = false;     // a CAS that failed spuriously
  // A CAS that succeeded although the variable had changed and come back since its actor's last
  // access to it.
  bool aba = false;
  std::string order;
  std::string file;  // without its folder; empty where it says nothing
  std::string path;  // of that file, as the compiler was given it
  unsigned line = 0;
  const void* code = nullptr;  // behind the instruction, in code as it is; see ModelTest::place
  std::string text;            // of note and other
};
using History = std::vector<HistoryEvent>;

}  // namespace poolproof
