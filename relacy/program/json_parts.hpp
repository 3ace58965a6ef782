// What the JSON of checks and audits has in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace poolproof {

inline nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

// CheckFailure::trace_json, as an array of events. A text that is not JSON is kept as it is, rather
// than lost.
inline nlohmann::ordered_json trace_of(const std::string& text) {
  using Json = nlohmann::ordered_json;
  if (text.empty()) return Json::array();
  Json trace = Json::parse(text, nullptr, false);
  return trace.is_discarded() ? Json(text) : trace;
}

}  // namespace poolproof
