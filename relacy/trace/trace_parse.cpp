#include "trace_parse.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
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

// What Relacy says of an atomic or a plain variable, after its address.
bool parse_access(std::string_view text, HistoryEvent& event) {
  event.order = behind(text, "order=");
  if (text.starts_with("atomic load")) {
    event.kind = Kind::load;
    event.seen.raw = behind(text, "value=");
    event.stale = text.find("[NOT CURRENT]") != std::string_view::npos;
  } else if (text.starts_with("atomic store")) {
    event.kind = Kind::store;
    event.seen.raw = behind(text, "prev value=");
    event.stored.raw = behind(text, "value=");
  } else if (text.starts_with("CAS")) {
    event.kind = Kind::cas;
    event.succeeded = text.starts_with("CAS succ");
    event.spurious = text.find("[SPURIOUSLY]") != std::string_view::npos;
    event.aba = text.find("[ABA]") != std::string_view::npos;
    event.seen.raw = behind(text, "orig=");
    event.expected.raw = behind(text, "cmp=");
    event.stored.raw = behind(text, "xchg=");
  } else if (text.find(", prev=") != std::string_view::npos) {
    event.kind = Kind::rmw;
    event.seen.raw = behind(text, "prev=");
    event.stored.raw = behind(text, "new=");
  } else if (text.starts_with("load, value=")) {
    event.kind = Kind::read;
    event.seen.raw = behind(text, "value=");
  } else if (text.starts_with("store, value=")) {
    event.kind = Kind::write;
    event.stored.raw = behind(text, "value=");
  } else {
    return false;
  }
  return true;
}

bool parse_mutex(std::string_view text, HistoryEvent& event) {
  if (text == "mutex: exclusive lock") {
    event.kind = Kind::lock;
  } else if (text == "mutex: exclusive unlock") {
    event.kind = Kind::unlock;
  } else if (text == "mutex: blocking") {
    event.kind = Kind::wait;
  } else {
    return false;
  }
  return true;
}

std::string operation_of(const HistoryEvent& event, std::string_view text) {
  switch (event.kind) {
    case Kind::load:
      return "load";
    case Kind::store:
      return "store";
    case Kind::cas:
      return "CAS";
    case Kind::rmw:
      return std::string(text.substr(0, text.find(' ')));
    case Kind::read:
      return "read";
    case Kind::write:
      return "write";
    case Kind::lock:
      return "lock";
    case Kind::unlock:
      return "unlock";
    case Kind::wait:
      return "wait for";
    default:
      return "";
  }
}

class Parser {
 public:
  explicit Parser(const Names& names) : names_(names) {}

  // A line without its number. nullopt: no event.
  std::optional<HistoryEvent> parse(std::string_view line, Phase phase) {
    HistoryEvent event;
    event.phase = phase;
    event.actor = to_unsigned(line);
    line.remove_prefix(std::min(line.size(), line.find(": ") + 2));
    const std::size_t in = line.rfind(", in ");
    std::string_view text = line.substr(0, in);
    if (in != std::string_view::npos) parse_place(line.substr(in), event);
    if (is_noise(text)) return std::nullopt;
    event.text = names_.with_blocks(text);
    if (text.starts_with("<0x")) {
      const std::size_t end = text.find('>');
      parse_variable(text.substr(3, end - 3), text.substr(std::min(text.size(), end + 2)), event);
    } else {
      event.note = !event.file.empty();
    }
    return event;
  }

 private:
  static bool is_noise(std::string_view text) {
    for (const std::string_view noise : {"yield(", "unblocking thread", "blocking current thread",
                                         "[CTOR", "[DTOR", "[THREAD FINISHED]"}) {
      if (text.starts_with(noise)) return true;
    }
    return false;
  }

  // ", in FUNCTION, FILE(LINE)"; places in Relacy or the standard library say nothing.
  static void parse_place(std::string_view text, HistoryEvent& event) {
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
    event.line = to_unsigned(text.substr(bracket + 1));
  }

  void parse_variable(std::string_view address, std::string_view text, HistoryEvent& event) {
    std::uintptr_t number = 0;
    std::from_chars(address.data(), address.data() + address.size(), number, 16);
    event.address = reinterpret_cast<const void*>(number);
    if (parse_mutex(text, event)) {
      event.variable = names_.mutex();
    } else if (parse_access(text, event)) {
      event.made = event.made && event.kind == Kind::store;
      event.variable = name_of(event);
      for (TraceValue* value : {&event.seen, &event.expected, &event.stored}) {
        if (!value->raw.empty()) value->fields = names_.decode(event.address, value->raw);
      }
      number_pointers(event);
    } else {
      event.variable = name_of(event);
      event.text = event.variable + ' ' + names_.with_blocks(text);
    }
    event.operation = operation_of(event, text);
  }

  // Those without a name are numbered as the actors come to them.
  std::string name_of(const HistoryEvent& event) {
    std::string name = names_.name(event.address);
    if (!name.empty() || event.phase == Phase::before) return name;
    const auto [found, added] = unnamed_.try_emplace(event.address, unnamed_.size() + 1);
    return 'v' + std::to_string(found->second);
  }

  // Pointers to no block become p1, p2 as the actors come to them. Of a variable that nobody
  // described, 0 is none where there was a pointer.
  void number_pointers(HistoryEvent& event) {
    const auto values = {&event.seen, &event.expected, &event.stored};
    for (const TraceValue* value : values) {
      if (value->raw.starts_with("0x")) hold_pointers_.insert(event.address);
    }
    if (!hold_pointers_.contains(event.address)) return;
    for (TraceValue* value : values) {
      for (Field& field : value->fields) {
        if (field.value == "0") field.value = "none";
        if (field.value != Names::somewhere || event.phase == Phase::before || event.plain()) {
          continue;
        }
        const auto [found, added] = pointers_.try_emplace(value->raw, pointers_.size() + 1);
        field.value = 'p' + std::to_string(found->second);
      }
    }
  }

  const Names& names_;
  std::unordered_set<const void*> hold_pointers_;
  std::unordered_map<std::string, std::size_t> pointers_;
  std::unordered_map<const void*, std::size_t> unnamed_;
};

}  // namespace

History parse_history(std::string_view text, const Names& names) {
  History history;
  Parser parser(names);
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
    } else if (auto event = parser.parse(line, phase)) {
      history.push_back(std::move(*event));
    }
  }
  return history;
}

}  // namespace poolproof
