// SARIF 2.1.0, the OASIS standard that code scanning reads:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "harness/base/input_file.hpp"
#include "report.hpp"
#include "report_cases.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

// GitHub takes no result without a file. This stands for it where a failure has none, as those of
// stress runs.
constexpr const char* no_file = "no-source-file";

// What each oracle watches over, in a sentence. Users have oracles of their own, too.
std::string about_oracle(const std::string& oracle) {
  static const std::map<std::string, const char*> known = {
      {"abort", "No execution calls abort or terminate."},
      {"alignment", "A block is aligned as was asked."},
      {"assert", "An assertion of the program holds."},
      {"base", "What the base gave is given back, once."},
      {"bounds", "Nobody reads or writes beside a block."},
      {"claim", "Each engine kills the mutants that it is claimed to kill."},
      {"conservation", "No block is lost, and none is made from nothing."},
      {"crash", "No execution ends the process."},
      {"deadlock", "Threads do not wait for each other for good."},
      {"deinit", "After deinit nothing is owed to the base, and alloc fails."},
      {"double free", "What is freed was allocated, and is freed once."},
      {"empty", "There is something to check."},
      {"exit", "No execution ends with a status other than 0."},
      {"invariant", "The allocator finds its own structure in order."},
      {"leak", "What was allocated is freed."},
      {"livelock", "Every execution ends."},
      {"misuse", "Threads, locks and memory are used as their standards say."},
      {"must_succeed", "An alloc succeeds while a block is free."},
      {"ownership", "A block has one owner at a time."},
      {"payload", "Nobody but its owner writes into a block."},
      {"progress", "If one thread stops, the others finish."},
      {"race", "Accesses of two threads to a plain variable are ordered, if one of them writes."},
      {"range", "A block lies in the memory of its pool."},
      {"red_zone", "Nobody writes beside the memory of a pool."},
      {"sanitizer", "No sanitizer reports anything."},
      {"uninitialized", "No variable is read before it was written."},
      {"use after free", "Nobody accesses a block that was freed."},
      {"use after return", "Nobody accesses a frame that has ended."},
  };
  const auto found = known.find(oracle);
  return found == known.end() ? fmt::format("The oracle {} finds no fault.", oracle)
                              : found->second;
}

// In one word.
std::string rule_of(const std::string& oracle) {
  std::string id = oracle;
  std::replace(id.begin(), id.end(), ' ', '-');
  return id;
}

// A relative reference (RFC 3986): every other byte is percent-encoded.
std::string uri_of(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

bool has_place(const Json& event) { return event.contains("file") && event.contains("line"); }

// Where an event's line stands: from the root of its repository, if it has one.
Json physical_location(const Json& event) {
  const std::string path = text_of(event, "path");
  Json artifact = {{"uri", uri_of(path.empty() ? text_of(event, "file") : path)}};
  if (!path.empty()) artifact["uriBaseId"] = "SRCROOT";
  Json region = {{"startLine", event.at("line")}};
  const std::string source = text_of(event, "source");
  if (!source.empty()) region["snippet"] = {{"text", source}};
  return {{"artifactLocation", artifact}, {"region", region}};
}

std::string change_words(const Json& event, const std::string& operation) {
  const std::string variable = text_of(event, "variable");
  const std::string seen = text_of(event, "seen");
  const std::string stored = text_of(event, "stored");
  if (operation == "CAS" && !event.value("succeeded", false)) {
    return fmt::format("CAS {} fails{}: {} (not {})", variable,
                       event.value("spurious", false) ? " spuriously" : "", seen,
                       text_of(event, "expected"));
  }
  if (!seen.empty() && !stored.empty()) {
    return fmt::format("{} {}: {} -> {}", operation, variable, seen, stored);
  }
  const std::string& value = stored.empty() ? seen : stored;
  return fmt::format("{} {}{}{}", operation, variable, value.empty() ? "" : " = ", value);
}

// As the trace for people has it: "alloc: load head = index 1 (acquire)".
std::string words(const Json& event) {
  const std::string operation = text_of(event, "operation");
  const std::string call = text_of(event, "call");
  std::string text = operation == "fail" || !event.contains("variable")
                         ? text_of(event, "text")
                         : change_words(event, operation);
  if (text.empty()) text = operation;
  if (!call.empty()) text = text.empty() ? call : fmt::format("{}: {}", call, text);
  if (const std::string order = text_of(event, "order"); !order.empty()) {
    text += fmt::format(" ({})", order);
  }
  if (const std::string got = text_of(event, "result"); !got.empty()) text += " => " + got;
  if (event.value("stale", false))
    text += fmt::format("; stale, the newest is {}", text_of(event, "newest"));
  if (event.value("aba", false)) {
    text += fmt::format("; ABA: {} changes since event {}", event.at("changes").dump(),
                        event.at("since").dump());
  }
  return event.value("race", false) ? text + "; one of the two accesses that race" : text;
}

bool is_essential(const Json& event) {
  return text_of(event, "operation") == "fail" || event.value("race", false) ||
         event.value("stale", false) ||
         (event.value("aba", false) && !event.value("harmless", false));
}

// A thread of SARIF for each actor; the number of a step says when it came among those of all.
Json code_flow(const Json& trace) {
  std::map<std::int64_t, Json> steps;
  for (const Json& event : trace) {
    const std::int64_t actor = event.value("actor", std::int64_t{0});
    Json location = {
        {"message",
         {{"text", fmt::format("event {}: {}", event.at("event").dump(), words(event))}}}};
    if (has_place(event)) location["physicalLocation"] = physical_location(event);
    steps[actor].push_back({{"location", location},
                            {"executionOrder", event.at("event")},
                            {"importance", is_essential(event) ? "essential" : "important"}});
  }
  Json threads = Json::array();
  for (auto& [actor, locations] : steps) {
    threads.push_back(
        {{"id", fmt::format("actor {}", actor)}, {"locations", std::move(locations)}});
  }
  return {{"threadFlows", threads}};
}

// The failing step of a program. An oracle of ours speaks in a file of ours: there it is the last
// step before.
const Json* failing_step(const ReportCase& one) {
  const Json* last = nullptr;
  for (const Json& event : one.trace) {
    const bool oracle_speaks = text_of(event, "operation") == "fail" && one.scenario != "program";
    if (has_place(event) && !(oracle_speaks && last != nullptr)) last = &event;
  }
  return last;
}

Json result_of(const ReportCase& one) {
  const Json* step = failing_step(one);
  Json location = {
      {"physicalLocation", step != nullptr ? physical_location(*step)
                                           : Json{{"artifactLocation", {{"uri", no_file}}},
                                                  {"region", {{"startLine", 1}}}}},
      {"logicalLocations",
       Json::array(
           {{{"name", one.name}, {"fullyQualifiedName", one.allocator + "::" + one.name}}})}};
  std::string text =
      fmt::format("{} {} {}: {}", one.engine, one.allocator, one.name, one.explanation());
  if (!one.story.empty()) text += "\n" + one.message;
  if (!one.replay.empty()) text += "\nagain: " + one.replay;
  // One problem, whatever the seed and the shard: it stays one alert.
  const std::string same = fmt::format("{}\n{}\n{}\n{}", one.engine, one.allocator,
                                       one.scenario.empty() ? one.name : one.scenario, one.oracle);
  Json result = {
      {"ruleId", rule_of(one.oracle)},
      {"level", "error"},
      {"message", {{"text", text}}},
      {"locations", Json::array({location})},
      {"partialFingerprints", {{"poolproofFailure/v1", fmt::format("{:016x}", hash_text(same))}}}};
  if (!one.trace.empty()) result["codeFlows"] = Json::array({code_flow(one.trace)});
  return result;
}

}  // namespace

std::string report_sarif(const Json& report) {
  std::map<std::string, Json> rules;
  Json results = Json::array();
  for (const ReportCase& one : cases_of(report)) {
    if (one.verdict != "FAIL") continue;
    rules[one.oracle] = {{"id", rule_of(one.oracle)},
                         {"shortDescription", {{"text", about_oracle(one.oracle)}}},
                         {"defaultConfiguration", {{"level", "error"}}}};
    results.push_back(result_of(one));
  }
  Json driver = {{"name", "Poolproof"}, {"version", version()}, {"rules", Json::array()}};
  for (auto& [id, rule] : rules) driver["rules"].push_back(std::move(rule));
  const Json run = {{"tool", {{"driver", driver}}},
                    {"originalUriBaseIds",
                     {{"SRCROOT", {{"description", {{"text", "The root of the repository."}}}}}}},
                    {"columnKind", "utf16CodeUnits"},
                    {"results", results}};
  return json_text({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", Json::array({run})}});
}

}  // namespace poolproof
