#include "report_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

void add_failure(const Json& failure, ReportCase& one) {
  one.oracle = text_of(failure, "oracle");
  one.message = text_of(failure, "message");
  one.story = text_of(failure, "story");
  one.replay = text_of(failure, "replay");
  // A text is what the checker said where it could not be read.
  const Json trace = failure.value("trace", Json());
  if (trace.is_array()) one.trace = trace;
}

ReportCase case_of(const Json& entry) {
  ReportCase one;
  one.engine = text_of(entry, "engine");
  one.allocator = text_of(entry, "allocator");
  one.name = one.scenario = text_of(entry, "scenario");
  if (one.name.empty()) one.name = text_of(entry, "mutant");
  if (one.name.empty()) one.name = "memory orders";
  const std::string shard = text_of(entry, "shard");
  if (!shard.empty() && shard != "1/1") one.name += fmt::format(", shard {}", shard);
  one.seconds = entry.value("seconds", 0.0);
  one.verdict = text_of(entry, "verdict");
  one.reason = text_of(entry, "reason");
  if (one.reason.empty()) one.reason = "not every memory order was shown to be needed";
  one.next = text_of(entry, "next");
  one.unseen = entry.value("unseen", std::vector<std::string>());
  one.trace = Json::array();
  const Json failure = entry.value("failure", Json());
  if (failure.is_object()) {
    add_failure(failure, one);
  } else if (one.verdict == "FAIL") {  // of an audit that had nothing to audit
    one.oracle = "empty";
    one.message = one.reason;
  }
  return one;
}

}  // namespace

std::string text_of(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<ReportCase> cases_of(const Json& report) {
  std::vector<ReportCase> cases;
  for (const char* list : {"runs", "audits", "mutants"}) {
    for (const Json& entry : report.value(list, Json::array())) cases.push_back(case_of(entry));
  }
  std::stable_sort(cases.begin(), cases.end(), [](const ReportCase& a, const ReportCase& b) {
    return std::tie(a.engine, a.allocator) < std::tie(b.engine, b.allocator);
  });
  return cases;
}

}  // namespace poolproof
