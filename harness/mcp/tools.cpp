#include "tools.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;
using Option = McpOption;

// Bounds of a budget. Many clients wait for a minute and no longer.
constexpr unsigned default_seconds = 5;
constexpr unsigned most_seconds = 60;

// None begins with '-', so that none is taken for another option.
Json text(const char* description, const char* pattern) {
  return {{"type", "string"}, {"pattern", pattern}, {"description", description}};
}

Json names(const char* description) {
  return {{"type", "array"},
          {"items", {{"type", "string"}, {"pattern", "^[A-Za-z0-9_][A-Za-z0-9_.]*$"}}},
          {"description", description}};
}

Json whole(const char* description, std::uint64_t least, std::uint64_t most) {
  return {{"type", "integer"}, {"minimum", least}, {"maximum", most}, {"description", description}};
}

Json yes_or_no(const char* description) {
  return {{"type", "boolean"}, {"description", description}};
}

McpArgument allocators() {
  return {"allocators", Option::list, "--allocator", names("By name, as list shows them."), true};
}
McpArgument scenarios() {
  return {"scenarios", Option::list, "--scenario", names("By name; default: all that fit.")};
}
McpArgument budget(const char* of_what) {
  return {"seconds",
          Option::seconds,
          "--budget",
          {{"type", "number"},
           {"minimum", 0.1},
           {"maximum", most_seconds},
           {"default", default_seconds},
           {"description", of_what}}};
}
McpArgument seed() {
  return {"seed", Option::value, "--seed", whole("Default: a new one.", 0, ~std::uint64_t{0})};
}
McpArgument search() {
  return {"search", Option::value, "--search",
          text("auto (default), random, walk, pos, selective, handover, pct:D, departures:K, "
               "preemptions:K, "
               "exhaustive, exhaustive:S or interleavings.",
               "^[a-z]+(:[0-9]+)?$")};
}
McpArgument json() {
  return {"json", Option::flag, "--json",
          yes_or_no("JSON instead of a table and traces for people.")};
}
McpArgument flag(const char* name, const char* option, const char* description) {
  return {name, Option::flag, option, yes_or_no(description)};
}
McpArgument program_arguments() {
  return {"arguments",
          Option::rest,
          "",
          {{"type", "array"},
           {"items", {{"type", "string"}, {"minLength", 1}}},
           {"description", "Those of the program."}}};
}

McpArgument program_path() {
  return {"path", Option::positional, "", text("Of the compiled program.", "^[^-]"), true};
}
McpArgument no_races() { return flag("no_races", "--no-races", "Data races are no failures."); }
McpArgument no_leaks() { return flag("no_leaks", "--no-leaks", "Lost blocks are no failures."); }
McpArgument no_liveness() {
  return flag("no_liveness", "--no-liveness", "Executions without an end do not count.");
}
McpArgument least() {
  return {"least", Option::value, "--least",
          whole("FAIL if the checks find a smaller percentage of the bugs.", 0, 100)};
}

McpTool list() {
  McpTool tool{
      "list",
      "list",
      "Shows the allocators and the scenarios that there are, in a line each. Call it before "
      "stress, check and audit.",
      {json()}};
  tool.has_verdict = false;
  return tool;
}

McpTool stress() {
  McpTool tool{
      "stress",
      "stress",
      "Runs allocators under scenarios on real threads, with oracles around every call. Sees the "
      "interleavings that happen on this machine: check sees the others. FAIL says what broke.",
      {allocators(),
       scenarios(),
       budget("For each pair of allocator and scenario."),
       seed(),
       {"threads", Option::value, "--threads", whole("Default: all cores.", 1, 64)},
       {"chaos", Option::value, "--chaos",
        text("Injected delays: off, light (default), heavy or 1/N.",
             "^(off|light|heavy|1/[1-9][0-9]*)$")},
       json()}};
  tool.tells_progress = true;
  return tool;
}

McpTool check() {
  McpTool tool{
      "check",
      "check",
      "Searches the executions of allocators under scenarios with a model checker: weak memory, "
      "data races, every interleaving. FAIL explains the failure in words, shows each step with "
      "its line of the source, and ends with a token for replay.",
      {allocators(),
       scenarios(),
       budget("For each pair of allocator and scenario."),
       seed(),
       search(),
       {"actors", Option::value, "--actors", whole("Default: 3.", 2, 4)},
       {"blocks", Option::value, "--blocks", whole("Default: 3.", 1, 8)},
       {"rounds", Option::value, "--rounds", whole("Default: 3.", 1, 100)},
       flag("lock_free", "--lock-free",
            "Stop one actor for good at any step: the others must finish."),
       json()}};
  tool.tells_progress = true;
  return tool;
}

McpTool program() {
  McpTool tool{
      "program",
      "program",
      "Searches the executions of a program as it is, in C or C++, with a model checker. Compile "
      "it "
      "first: poolproof-c++ -std=c++20 test.cpp -o test. Its asserts, and races, leaks, deadlocks "
      "and misuse of memory, are failures. Keep it small: two or three threads, a few operations.",
      {program_path(), budget("How long to search."), seed(), search(), no_races(), no_leaks(),
       no_liveness(), json(), program_arguments()}};
  tool.tells_progress = true;
  return tool;
}

McpTool replay() {
  return {"replay",
          "replay",
          "Runs one execution of the model checker once more, and shows its trace.",
          {{"token", Option::positional, "", text("What check or program printed.", "^pp1:"), true},
           json(),
           program_arguments()}};
}

McpTool audit() {
  return {"audit",
          "audit",
          "Weakens each memory order of allocators, and says which are needed: with an execution "
          "that fails when it is weaker.",
          {allocators(), scenarios(), budget("For each allocator."), seed(), json()}};
}

McpTool audit_program() {
  return {"audit_program",
          "audit",
          "Weakens each memory order of a compiled program as it is, as audit does of allocators.",
          {program_path(), budget("For all orders together."), seed(), no_races(), no_leaks(),
           no_liveness(), json(), program_arguments()}};
}

std::string plants_bugs_into(const char* what) {
  return fmt::format(
      "Plants bugs into {}, one at a time, without compiling: each memory order a step weaker, "
      "each "
      "read-modify-write as a load and a store, each fence left out. Says which of them the checks "
      "find, and where the others are.",
      what);
}

McpTool selftest() {
  return {"selftest",
          "selftest",
          plants_bugs_into("allocators"),
          {allocators(), scenarios(), budget("For each bug under each scenario."), seed(), search(),
           least(), json()}};
}

McpTool selftest_program() {
  return {"selftest_program",
          "selftest",
          plants_bugs_into("a compiled program as it is"),
          {program_path(), budget("For each bug."), seed(), search(), least(), no_races(),
           no_leaks(), no_liveness(), json(), program_arguments()}};
}

void add(const McpArgument& argument, const Json& value, std::vector<std::string>& line) {
  const auto option = [&](const std::string& text) {
    line.push_back(fmt::format("{}={}", argument.option, text));
  };
  switch (argument.kind) {
    case Option::value:
      option(value.is_string() ? value.get<std::string>() : value.dump());
      break;
    case Option::list:
      option(fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ",")));
      break;
    case Option::flag:
      if (value.get<bool>()) line.push_back(argument.option);
      break;
    case Option::seconds:
      option(fmt::format("{}ms", static_cast<std::uint64_t>(value.get<double>() * 1000)));
      break;
    case Option::positional:
      line.push_back(value.get<std::string>());
      break;
    case Option::rest:
      line.push_back("--");
      for (const Json& one : value) line.push_back(one.get<std::string>());
  }
}

}  // namespace

Json McpTool::input_schema() const {
  Json schema = {{"type", "object"},
                 {"properties", Json::object()},
                 {"required", Json::array()},
                 {"additionalProperties", false}};
  for (const McpArgument& argument : arguments) {
    schema["properties"][argument.name] = argument.schema;
    if (argument.required) schema["required"].push_back(argument.name);
  }
  return schema;
}

std::vector<std::string> McpTool::command_line(const Json& given) const {
  std::vector<std::string> line = {verb};
  for (const McpArgument& argument : arguments) {
    if (const auto value = given.find(argument.name); value != given.end()) {
      add(argument, *value, line);
    } else if (argument.kind == Option::seconds) {
      add(argument, default_seconds, line);
    }
  }
  return line;
}

const std::vector<McpTool>& mcp_tools() {
  static const std::vector<McpTool> tools = {list(),          stress(),   check(),
                                             program(),       replay(),   audit(),
                                             audit_program(), selftest(), selftest_program()};
  return tools;
}

const McpTool* find_mcp_tool(std::string_view name) {
  const auto& tools = mcp_tools();
  const auto found = std::find_if(tools.begin(), tools.end(),
                                  [&](const McpTool& tool) { return tool.name == name; });
  return found == tools.end() ? nullptr : &*found;
}

}  // namespace poolproof
