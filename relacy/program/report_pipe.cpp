#include "report_pipe.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "harness/check/trace_json.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

// Each field by name, for writing and for reading.
template <class Report, class Visit>
void visit_numbers(Report& report, Visit visit) {
  visit("verdict", report.verdict);
  visit("reason", report.reason);
  visit("executions", report.executions);
  visit("earlier", report.earlier);
  visit("seconds", report.seconds);
  visit("interrupted", report.interrupted);
  visit("exhausted", report.exhausted);
  visit("share", report.share);
  visit("end_executions", report.end_states.executions);
  visit("end_distinct", report.end_states.distinct);
  visit("end_once", report.end_states.once);
  visit("end_overflowed", report.end_states.overflowed);
  visit("systematic", report.systematic);
  visit("aba_windows", report.aba_windows);
  visit("recycles", report.recycles);
  visit("claims", report.claims);
  visit("grows", report.grows);
  visit("stopped", report.stopped);
  visit("discarded", report.discarded);
}
template <class Searched, class Visit>
void visit_searched(Searched& searched, Visit visit) {
  visit("kind", searched.search.kind);
  visit("bound", searched.search.bound);
  visit("executions", searched.executions);
  visit("exhausted", searched.exhausted);
  visit("share", searched.share);
  visit("chance", searched.chance);
  visit("longer", searched.longer);
}
template <class Failure, class Visit>
void visit_failure(Failure& failure, Visit visit) {
  visit("oracle", failure.oracle);
  visit("kind", failure.search.kind);
  visit("bound", failure.search.bound);
  visit("message", failure.message);
  visit("token", failure.token);
  visit("executions", failure.executions);
  visit("seconds", failure.seconds);
  visit("shrink_seconds", failure.shrink_seconds);
  visit("actors", failure.scope.actors);
  visit("blocks", failure.scope.blocks);
  visit("rounds", failure.scope.rounds);
  visit("preemptions", failure.preemptions);
  visit("events", failure.events);
  visit("story", failure.story);
  visit("trace", failure.trace);
}

auto into(Json& json) {
  return [&json](const char* name, const auto& value) { json[name] = value; };
}
auto from(const Json& json) {
  return [&json](const char* name, auto& value) { json.at(name).get_to(value); };
}

Json json_of(const CheckReport& report) {
  Json json;
  visit_numbers(report, into(json));
  Json& all = json["searched"] = Json::array();
  for (const CheckSearched& searched : report.searched) {
    visit_searched(searched, into(all.emplace_back()));
  }
  if (!report.failure) return json;
  Json& failure = json["failure"];
  visit_failure(*report.failure, into(failure));
  if (report.failure->trace_json) failure["trace_json"] = report.failure->trace_json->events;
  return json;
}

CheckReport report_of(const Json& json) {
  CheckReport report;
  visit_numbers(report, from(json));
  for (const Json& searched : json.at("searched")) {
    visit_searched(report.searched.emplace_back(), from(searched));
  }
  if (!json.contains("failure")) return report;
  const Json& failure = json.at("failure");
  visit_failure(report.failure.emplace(), from(failure));
  if (failure.contains("trace_json")) {
    report.failure->trace_json =
        std::make_shared<const TraceJson>(TraceJson{failure.at("trace_json")});
  }
  return report;
}

std::string line_of(const char* kind, Json value) {
  const Json json = {{kind, std::move(value)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::optional<int> ReportPipe::take() {
  const char* const value = std::getenv(variable);
  if (value == nullptr) return std::nullopt;
  const int descriptor = std::atoi(value);
  unsetenv(variable);
  return descriptor;
}

// A reader that has gone wants no more of it.
void ReportPipe::write(const std::string& line) const {
  for (std::size_t at = 0; at != line.size();) {
    const ssize_t done = ::write(descriptor_, line.data() + at, line.size() - at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    at += static_cast<std::size_t>(done);
  }
}

void ReportPipe::update(const CheckReport& now) {
  const auto time = std::chrono::steady_clock::now();
  if (time < next_) return;
  next_ = time + std::chrono::milliseconds(200);
  write(line_of("update", json_of(now)));
}
void ReportPipe::shrink(double seconds) { write(line_of("shrink", seconds)); }
void ReportPipe::finish(const CheckReport& report) { write(line_of("report", json_of(report))); }
void ReportPipe::refuse(const std::string& reason) { write(line_of("refusal", reason)); }

std::optional<CheckReport> read_report_line(const std::string& line, CheckWatcher& watcher) {
  const Json json = Json::parse(line);
  if (json.contains("report")) return report_of(json.at("report"));
  if (json.contains("update")) watcher.update(report_of(json.at("update")));
  if (json.contains("shrink")) watcher.shrink(json.at("shrink").get<double>());
  if (json.contains("refusal")) throw std::runtime_error(json.at("refusal").get<std::string>());
  return std::nullopt;
}

}  // namespace poolproof
