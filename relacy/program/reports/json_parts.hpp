// What the JSON of checks and audits has in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/check/model_check.hpp"
#include "harness/check/trace_json.hpp"

namespace poolproof {

inline nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

// The events of a failure: an empty array when there is no trace.
inline nlohmann::ordered_json trace_of(const CheckFailure& failure) {
  return failure.trace_json == nullptr ? nlohmann::ordered_json::array()
                                       : failure.trace_json->events;
}

}  // namespace poolproof
