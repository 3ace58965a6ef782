#include "trace_words.hpp"

#include <fmt/format.h>

#include "names.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;

// Is the field one that is there or not, such as "claimed"?
bool is_flag(const Fields& fields, std::size_t i) { return i != 0 && fields[i].name.empty(); }

// "index 2 -> 1, nonce 7 -> 8": the fields that change.
std::string change(const TraceValue& from, const TraceValue& to) {
  std::string text;
  for (std::size_t i = 0; i != from.fields.size() && i != to.fields.size(); ++i) {
    const Field& before = from.fields[i];
    const Field& after = to.fields[i];
    if (before == after) continue;
    if (!text.empty()) text += ", ";
    if (is_flag(to.fields, i)) {
      text += after.value.empty() ? "not " + before.value : after.value;
    } else {
      if (!after.name.empty()) text += after.name + ' ';
      text += before.value + " -> " + after.value;
    }
  }
  return text.empty() ? from.text() + " stays" : text;
}

// "index 1 (not 2)": how what is there differs from what is wanted.
std::string difference(const TraceValue& there, const TraceValue& wanted) {
  std::string text;
  for (std::size_t i = 0; i != there.fields.size() && i != wanted.fields.size(); ++i) {
    const Field& is = there.fields[i];
    const Field& should = wanted.fields[i];
    if (is == should) continue;
    if (!text.empty()) text += ", ";
    if (is_flag(there.fields, i)) {
      text += is.value.empty() ? "not " + should.value : is.value;
    } else {
      text += fmt::format("{}{} (not {})", is.name.empty() ? "" : is.name + ' ', is.value,
                          should.value);
    }
  }
  return text;
}

std::string cas_words(const TraceEvent& event) {
  if (event.spurious) return "CAS " + event.variable + " fails spuriously";
  if (!event.succeeded) {
    return fmt::format("CAS {} fails: {}", event.variable, difference(event.seen, event.expected));
  }
  std::string text = "CAS " + event.variable + ": " + change(event.seen, event.stored);
  if (event.aba) {
    text += fmt::format(" ({} changes since event {}{})", event.changes, event.since,
                        event.harmless ? ", no harm" : "");
  }
  return text;
}

std::string value_words(const TraceEvent& event, const TraceValue& value) {
  std::string text = event.operation + ' ' + event.variable;
  const std::string shown = value.text();
  // An address that means nothing to people says less than none.
  if (!shown.empty() && !(event.plain() && shown == Names::somewhere)) text += " = " + shown;
  return text;
}

// Of an access that has chosen another store than the newest, or a place before it.
std::string stale_words(const TraceEvent& event) {
  if (!event.stale) return "";
  return (event.writes() ? " (before the newer " : " (newest: ") + event.newest.text() + ")";
}

std::string rmw_words(const TraceEvent& event) {
  if (event.raw_seen == event.raw_stored) return value_words(event, event.seen) + " stays";
  return event.operation + ' ' + event.variable + ": " + change(event.seen, event.stored);
}

std::string operation_words(const TraceEvent& event) {
  switch (event.kind) {
    case Kind::load:
      return value_words(event, event.seen) + stale_words(event);
    case Kind::read:
      return value_words(event, event.seen);
    case Kind::store:
    case Kind::write:
      return value_words(event, event.stored) + stale_words(event);
    case Kind::cas:
      return cas_words(event) + stale_words(event);
    case Kind::rmw:
      return rmw_words(event) + stale_words(event);
    case Kind::lock:
    case Kind::unlock:
    case Kind::wait:
      return event.operation + ' ' + event.variable;
    case Kind::call:
      return {};
    default:
      return event.text;
  }
}

}  // namespace

std::string event_words(const TraceEvent& event) {
  std::string text = operation_words(event);
  if (!event.call.empty()) text = event.call + (text.empty() ? "" : ": " + text);
  if (!event.result.empty()) text += " => " + event.result;
  return text;
}

std::string mark_of(const TraceEvent& event) {
  if (event.kind == Kind::fail) return "FAIL";
  if (event.race) return "RACE";
  if (event.aba) return event.harmless ? "aba" : "ABA";
  if (event.stale) return event.writes() ? "EARLIER" : "STALE";
  return event.spurious ? "SPURIOUS" : "";
}

}  // namespace poolproof
