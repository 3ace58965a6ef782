// Whether a JSON value is as a JSON Schema says: the part of draft 2020-12 that
// report.schema.json is written in.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace poolproof {

// Says in one line what is wrong first, and where: "runs/0/verdict: ...". Empty: nothing is. Throws
// std::logic_error if the schema uses a word that this does not know.
std::string schema_fault(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema);

// The same of a report or a result of --json, by report.schema.json.
std::string report_fault(const nlohmann::ordered_json& report);

}  // namespace poolproof
