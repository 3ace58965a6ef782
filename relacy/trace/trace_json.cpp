#include <nlohmann/json.hpp>

#include "trace.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

void add(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

Json to_json(const TraceEvent& event) {
  Json json = {{"event", event.number}, {"actor", event.actor}};
  add(json, "call", event.call);
  if (event.kind == TraceEvent::Kind::fail) {
    json["operation"] = "fail";
  } else {
    add(json, "operation", event.operation);
  }
  add(json, "variable", event.variable);
  if (event.reads()) add(json, "seen", event.seen.text());
  add(json, "expected", event.expected.text());
  add(json, "stored", event.stored.text());
  if (event.kind == TraceEvent::Kind::cas) json["succeeded"] = event.succeeded;
  add(json, "order", event.order);
  add(json, "result", event.result);
  if (event.variable.empty()) add(json, "text", event.text);
  if (!event.file.empty()) {
    json["file"] = event.file;
    json["line"] = event.line;
    add(json, "path", event.in_repository);
    add(json, "source", event.source);
  }
  json["stale"] = event.stale;
  json["spurious"] = event.spurious;
  json["aba"] = event.aba;
  json["race"] = event.race;
  if (event.stale) add(json, "newest", event.newest.text());
  if (event.aba) {
    json["changes"] = event.changes;
    json["since"] = event.since;
    json["harmless"] = event.harmless;
    if (event.outdated != 0) json["outdated"] = event.outdated;
  }
  return json;
}

}  // namespace

nlohmann::ordered_json trace_json(const Trace& trace) {
  Json json = Json::array();
  for (const TraceEvent& event : trace.events) json.push_back(to_json(event));
  return json;
}

}  // namespace poolproof
