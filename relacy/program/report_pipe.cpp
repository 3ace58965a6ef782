#include "report_pipe.hpp"

#include <unistd.h>

#include <cerrno>
#include <concepts>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/check/trace_json.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

template <class Given, class T>
concept Is = std::same_as<std::remove_const_t<Given>, T>;

// Each field by name, for writing and for reading.
template <Is<CheckSearch> Search, class Visit>
void visit_fields(Search& search, Visit visit) {
  visit("kind", search.kind);
  visit("bound", search.bound);
}
template <Is<Scope> Size, class Visit>
void visit_fields(Size& scope, Visit visit) {
  visit("actors", scope.actors);
  visit("blocks", scope.blocks);
  visit("rounds", scope.rounds);
}
template <Is<CheckSearched> Searched, class Visit>
void visit_fields(Searched& searched, Visit visit) {
  visit("search", searched.search);
  visit("executions", searched.executions);
  visit("exhausted", searched.exhausted);
  visit("share", searched.share);
  visit("chance", searched.chance);
  visit("longer", searched.longer);
}
template <Is<CheckFailure> Failure, class Visit>
void visit_fields(Failure& failure, Visit visit) {
  visit("oracle", failure.oracle);
  visit("search", failure.search);
  visit("message", failure.message);
  visit("token", failure.token);
  visit("executions", failure.executions);
  visit("seconds", failure.seconds);
  visit("shrink_seconds", failure.shrink_seconds);
  visit("scope", failure.scope);
  visit("preemptions", failure.preemptions);
  visit("events", failure.events);
  visit("story", failure.story);
  visit("trace", failure.trace);
  visit("trace_json", failure.trace_json);
}
template <Is<EndStateCount> States, class Visit>
void visit_fields(States& states, Visit visit) {
  visit("executions", states.executions);
  visit("distinct", states.distinct);
  visit("once", states.once);
  visit("overflowed", states.overflowed);
}
template <Is<CheckReport> Report, class Visit>
void visit_fields(Report& report, Visit visit) {
  visit("verdict", report.verdict);
  visit("reason", report.reason);
  visit("failure", report.failure);
  visit("executions", report.executions);
  visit("earlier", report.earlier);
  visit("seconds", report.seconds);
  visit("interrupted", report.interrupted);
  visit("exhausted", report.exhausted);
  visit("share", report.share);
  visit("searched", report.searched);
  visit("end_states", report.end_states);
  visit("systematic", report.systematic);
  visit("aba_windows", report.aba_windows);
  visit("recycles", report.recycles);
  visit("claims", report.claims);
  visit("grows", report.grows);
  visit("stopped", report.stopped);
  visit("discarded", report.discarded);
  visit("guessed", report.guessed);
}
template <Is<OrderPlace> Place, class Visit>
void visit_fields(Place& place, Visit visit) {
  visit("file", place.file);
  visit("line", place.line);
  visit("column", place.column);
  visit("on_failure", place.on_failure);
}
template <Is<OrderChange> Change, class Visit>
void visit_fields(Change& change, Visit visit) {
  visit("place", change.place);
  visit("order", change.order);
  visit("in_two", change.in_two);
}
template <Is<SourceOrder> Source, class Visit>
void visit_fields(Source& source, Visit visit) {
  visit("place", source.place);
  visit("operation", source.operation);
  visit("written", source.written);
  visit("spelt_out", source.spelt_out);
  visit("number", source.number);
}
template <Is<AuditTrial> Trial, class Visit>
void visit_fields(Trial& trial, Visit visit) {
  visit("order", trial.order);
  visit("thorough", trial.thorough);
  visit("executions", trial.executions);
  visit("seconds", trial.seconds);
  visit("failure", trial.failure);
  visit("scenario", trial.scenario);
  visit("search", trial.search);
}
template <Is<AuditSite> Site, class Visit>
void visit_fields(Site& site, Visit visit) {
  visit("source", site.source);
  visit("kept", site.kept);
  visit("reached", site.reached);
  visit("trials", site.trials);
  visit("verdict", site.verdict);
  visit("survivors", site.survivors);
}
// What the reports of an audit and of a selftest have in common.
template <class Report, class Visit>
void visit_common(Report& report, Visit visit) {
  visit("notes", report.notes);
  visit("failure", report.failure);
  visit("failing_scenario", report.failing_scenario);
  visit("empty", report.empty);
  visit("too_few_actors", report.too_few_actors);
  visit("executions", report.executions);
  visit("seconds", report.seconds);
  visit("interrupted", report.interrupted);
}
template <Is<AuditReport> Report, class Visit>
void visit_fields(Report& report, Visit visit) {
  visit("sites", report.sites);
  visit_common(report, visit);
}
template <Is<SelftestMutant> Mutant, class Visit>
void visit_fields(Mutant& mutant, Visit visit) {
  visit("source", mutant.source);
  visit("change", mutant.change);
  visit("kept", mutant.kept);
  visit("verdict", mutant.verdict);
  visit("executions", mutant.executions);
  visit("seconds", mutant.seconds);
  visit("failure", mutant.failure);
  visit("scenario", mutant.scenario);
}
template <Is<SelftestReport> Report, class Visit>
void visit_fields(Report& report, Visit visit) {
  visit("mutants", report.mutants);
  visit("unknown", report.unknown);
  visit_common(report, visit);
}

struct Nothing {
  void operator()(const char*, const auto&) const {}
};
template <class T>
concept HasFields = requires(T& value) {
  visit_fields(value, Nothing());
};

Json json_of(const std::shared_ptr<const TraceJson>& trace) {
  return trace ? trace->events : Json();
}
void read(const Json& json, std::shared_ptr<const TraceJson>& trace) {
  if (!json.is_null()) trace = std::make_shared<const TraceJson>(TraceJson{json});
}

template <class T>
Json json_of(const std::optional<T>& value);
template <class T>
Json json_of(const std::vector<T>& values);
template <class T>
void read(const Json& json, std::optional<T>& value);
template <class T>
void read(const Json& json, std::vector<T>& values);

template <class T>
Json json_of(const T& value) {
  if constexpr (HasFields<const T>) {
    Json json;
    visit_fields(value, [&](const char* name, const auto& field) { json[name] = json_of(field); });
    return json;
  } else {
    return value;
  }
}
template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? json_of(*value) : Json();
}
template <class T>
Json json_of(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(json_of(value));
  return json;
}

template <class T>
void read(const Json& json, T& value) {
  if constexpr (HasFields<T>) {
    visit_fields(value, [&](const char* name, auto& field) { read(json.at(name), field); });
  } else {
    json.get_to(value);
  }
}
template <class T>
void read(const Json& json, std::optional<T>& value) {
  if (!json.is_null()) read(json, value.emplace());
}
template <class T>
void read(const Json& json, std::vector<T>& values) {
  for (const Json& one : json) read(one, values.emplace_back());
}
template <class T>
T read_as(const Json& json) {
  T value;
  read(json, value);
  return value;
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
void ReportPipe::finish(const AuditReport& report) { write(line_of("report", json_of(report))); }
void ReportPipe::finish(const SelftestReport& report) { write(line_of("report", json_of(report))); }
void ReportPipe::refuse(const std::string& reason) { write(line_of("refusal", reason)); }

template <class Report>
std::optional<Report> read_report_line(const std::string& line, CheckWatcher& watcher) {
  const Json json = Json::parse(line);
  if (json.contains("report")) return read_as<Report>(json.at("report"));
  if (json.contains("update")) watcher.update(read_as<CheckReport>(json.at("update")));
  if (json.contains("shrink")) watcher.shrink(json.at("shrink").get<double>());
  if (json.contains("refusal")) throw std::runtime_error(json.at("refusal").get<std::string>());
  return std::nullopt;
}
template std::optional<CheckReport> read_report_line(const std::string&, CheckWatcher&);
template std::optional<AuditReport> read_report_line(const std::string&, CheckWatcher&);
template std::optional<SelftestReport> read_report_line(const std::string&, CheckWatcher&);

}  // namespace poolproof
