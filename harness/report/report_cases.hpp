// The runs, audits and mutants of a report as cases, for the formats of others.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace poolproof {

// A run, an audit or a mutant.
struct ReportCase {
  std::string engine, allocator, name;
  std::string scenario;  // of a run, without the shard that name has
  double seconds = 0;
  std::string verdict, reason, next, oracle, message, story, replay;
  std::vector<std::string> unseen;
  nlohmann::ordered_json trace = {};  // the events of a failure; an array, which may be empty

  // Says what went wrong; empty if there are no words for it.
  const std::string& explanation() const { return story.empty() ? message : story; }
};

// Those of one engine and allocator follow one another.
std::vector<ReportCase> cases_of(const nlohmann::ordered_json& report);

// The text at key; empty where there is none.
std::string text_of(const nlohmann::ordered_json& entry, const char* key);

}  // namespace poolproof
