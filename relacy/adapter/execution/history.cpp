#include "history.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace poolproof {

namespace {

using Kind = HistoryEvent::Kind;
using Phase = HistoryEvent::Phase;

unsigned to_unsigned(std::string_view text) {
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "value=17, order=relaxed" has "17" behind "value=".
std::string behind(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return std::string(text.substr(0, text.find_first_of(", )")));
}

void read_cas(std::string_view text, HistoryEvent& event) {
  event.kind = Kind::cas;
  event.operation = "CAS";
  event.succeeded = text.starts_with("CAS succ");
  event.spurious = text.find("[SPURIOUSLY]") != std::string_view::npos;
  event.aba = text.find("[ABA]") != std::string_view::npos;
  event.raw_seen = behind(text, "orig=");
  event.raw_expected = behind(text, "cmp=");
  event.raw_stored = behind(text, "xchg=");
}

// Reads the text behind the address of an atomic or a plain variable.
bool read_access(std::string_view text, HistoryEvent& event) {
  event.order = behind(text, "order=");
  event.stale = text.find("[NOT CURRENT]") != std::string_view::npos;
  if (text.starts_with("atomic load")) {
    event.kind = Kind::load;
    event.operation = "load";
    event.raw_seen = behind(text, "value=");
  } else if (text.starts_with("atomic store")) {
    event.kind = Kind::store;
    event.operation = "store";
    event.raw_seen = behind(text, "prev value=");
    event.raw_stored = behind(text, "value=");
  } else if (text.starts_with("CAS")) {
    read_cas(text, event);
  } else if (text.find(", prev=") != std::string_view::npos) {
    event.kind = Kind::rmw;
    event.operation = text.substr(0, text.find(' '));
    event.raw_seen = behind(text, "prev=");
    event.raw_stored = behind(text, "new=");
  } else if (text.starts_with("load, value=")) {
    event.kind = Kind::read;
    event.operation = "read";
    event.raw_seen = behind(text, "value=");
  } else if (text.starts_with("store, value=")) {
    event.kind = Kind::write;
    event.operation = "write";
    event.raw_stored = behind(text, "value=");
  } else {
    return false;
  }
  return true;
}

bool read_mutex(std::string_view text, HistoryEvent& event) {
  if (text == "mutex: exclusive lock") {
    event.kind = Kind::lock;
    event.operation = "lock";
  } else if (text == "mutex: exclusive unlock") {
    event.kind = Kind::unlock;
    event.operation = "unlock";
  } else if (text == "mutex: blocking") {
    event.kind = Kind::wait;
    event.operation = "wait for";
  } else {
    return false;
  }
  return true;
}

bool is_noise(std::string_view text) {
  for (const std::string_view noise : {"yield(", "unblocking thread", "blocking current thread",
                                       "[CTOR", "[DTOR", "[THREAD FINISHED]"}) {
    if (text.starts_with(noise)) return true;
  }
  return false;
}

// ", in FUNCTION, FILE(LINE)"; places in Relacy or the standard library say nothing, except that an
// atomic is constructed.
void read_place(std::string_view text, HistoryEvent& event) {
  const std::size_t start = text.rfind(", ") + 2;
  const std::size_t bracket = text.rfind('(');
  if (bracket == std::string_view::npos || bracket < start) return;
  const std::string_view path = text.substr(start, bracket - start);
  event.made = path.ends_with("relacy/atomic.hpp");
  for (const std::string_view library : {"/include/relacy/", "/include/c++/"}) {
    if (path.find(library) != std::string_view::npos) return;
  }
  const std::size_t slash = path.rfind('/');
  event.file = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  event.path = path;
  event.line = to_unsigned(text.substr(bracket + 1));
}

// "<0x7f00> atomic load, ..."
void read_variable(std::string_view text, HistoryEvent& event) {
  const std::size_t end = text.find('>');
  const std::string_view address = text.substr(3, end - 3);
  std::uintptr_t number = 0;
  std::from_chars(address.data(), address.data() + address.size(), number, 16);
  event.address = reinterpret_cast<const void*>(number);
  text.remove_prefix(std::min(text.size(), end + 2));
  if (read_mutex(text, event)) return;
  if (read_access(text, event)) {
    event.made = event.made && event.kind == Kind::store;
  } else {
    event.text = text;
  }
}

// "release fence"
bool is_fence(std::string_view text) {
  for (const std::string_view order : {"acquire", "release", "acq_rel", "seq_cst"}) {
    if (text.starts_with(order) && text.substr(order.size()) == " fence") return true;
  }
  return false;
}
void read_fence(std::string_view text, HistoryEvent& event) {
  event.operation = event.text = "fence";
  event.order = text.substr(0, text.find(' '));
}

// A line without its number. nullopt: no event.
std::optional<HistoryEvent> read_event(std::string_view line, Phase phase) {
  HistoryEvent event;
  event.phase = phase;
  event.actor = to_unsigned(line);
  line.remove_prefix(std::min(line.size(), line.find(": ") + 2));
  const std::size_t in = line.rfind(", in ");
  const std::string_view text = line.substr(0, in);
  if (in != std::string_view::npos) read_place(line.substr(in), event);
  if (is_noise(text)) return std::nullopt;
  if (text.starts_with("<0x")) {
    read_variable(text, event);
  } else {
    // What a model says has a place in its source; what Relacy says has none, but for fences.
    event.kind = event.file.empty() || is_fence(text) ? Kind::other : Kind::note;
    event.text = text;
    if (is_fence(text)) read_fence(text, event);
  }
  return event;
}

}  // namespace

History read_history(std::string_view text) {
  History history;
  Phase phase = Phase::before;
  for (std::size_t number = 0; !text.empty();) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    // Behind the history comes that of each actor, once more.
    if (line == "thread 0:") break;
    if (!line.starts_with('[') || to_unsigned(line.substr(1)) != number) continue;
    ++number;
    line.remove_prefix(std::min(line.size(), line.find("] ") + 2));
    if (line.find(": [BEFORE BEGIN]") != std::string_view::npos) {
      history.clear();
      phase = Phase::before;
    } else if (line.find(": [BEFORE END]") != std::string_view::npos) {
      phase = Phase::actors;
    } else if (line.find(": [AFTER ") != std::string_view::npos) {
      phase = Phase::rest;
    } else if (auto event = read_event(line, phase)) {
      history.push_back(std::move(*event));
    }
  }
  return history;
}

}  // namespace poolproof
