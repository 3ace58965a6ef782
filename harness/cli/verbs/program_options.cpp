#include "program_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "harness/base/usage_error.hpp"

namespace poolproof {

namespace {

void check_file(const std::string& path) {
  if (access(path.c_str(), X_OK) == 0) return;
  throw UsageError(fmt::format("PROGRAM '{}': there is no such program", path));
}

// As a shell takes them.
std::string quoted(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    if (!text.empty()) text += ' ';
    const bool plain = argument.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                           "WXYZ0123456789_./=:,+@%-") == std::string::npos;
    if (plain && !argument.empty()) {
      text += argument;
      continue;
    }
    text += '\'';
    for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

// Adds the flags that differ from their defaults, as the command line spells them.
void add_flags(const ProgramTarget& target, std::vector<std::string>& options) {
  if (target.no_races) options.emplace_back("--no-races");
  if (target.no_leaks) options.emplace_back("--no-leaks");
  if (target.no_liveness) options.emplace_back("--no-liveness");
  if (target.steps != ProgramTarget().steps) options.push_back("--steps " + target.steps);
}

}  // namespace

void add_target(CLI::App& verb, ProgramTarget& target, const char* help, bool optional) {
  verb.add_option("PROGRAM", target.program.path, help)->type_name("")->required(!optional);
  verb.add_option("ARGUMENTS", target.program.arguments, "Its arguments, behind --")->type_name("");
  verb.add_flag("--no-races", target.no_races, "Data races of a program are no failures");
  verb.add_flag("--no-leaks", target.no_leaks, "Lost blocks of a program are no failures");
  verb.add_flag("--no-liveness", target.no_liveness,
                "An execution in which all threads of a program wait for each other for good does "
                "not count");
  verb.add_option("--steps", target.steps, "Of an execution of a program, at most")
      ->type_name("N")
      ->capture_default_str();
}

void add_program(CLI::App& app, ProgramOptions& options) {
  CLI::App& program = *app.add_subcommand(
      "program", "Search the executions of a program as it is, that poolproof-c++ has compiled");
  add_search_options(program, options.check);
  add_work_options(program, options.check);
  add_target(program, options.target, "The program; its main() begins all threads", false);
  program.footer(
      "Exit status: 0 PASS, 1 FAIL, 3 UNKNOWN, 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof-c++ -std=c++20 queue_test.cpp -o queue_test\n"
      "  poolproof program ./queue_test -b 60s\n"
      "  poolproof program ./queue_test --search exhaustive -- 2 3");
}

CheckConfig plan_target(ProgramTarget& target, const CheckOptions& check) {
  check_file(target.program.path);
  target.program.races = !target.no_races;
  target.program.leaks = !target.no_leaks;
  target.program.liveness = !target.no_liveness;
  target.program.steps = parse_small("--steps", target.steps, 100, 1'000'000);
  CheckConfig config = common_config(check);
  if (config.lock_free) {
    throw UsageError("--lock-free: the threads of a program cannot be stopped for good");
  }
  config.allocator = target.program.path;
  config.scenario = program_scenario;
  config.scope = {Scope::least_actors, 1, 1};
  config.arguments = quoted(target.program.arguments);
  add_flags(target, config.options);
  if (target.no_races) {
    config.not_asked.emplace_back(
        "data races, and an order of plain accesses that did not race in a first hundred "
        "executions: each happens with the step before it (--no-races)");
  }
  if (target.no_leaks) config.not_asked.emplace_back("lost blocks (--no-leaks)");
  if (target.no_liveness) {
    config.not_asked.emplace_back("threads that wait for each other for good (--no-liveness)");
  }
  return config;
}

CheckConfig plan_only_target(ProgramTarget& target, const CheckOptions& check) {
  const CheckOptions unset;
  const bool names = !check.pairs.allocators.empty() || !check.pairs.scenarios.empty();
  const bool sizes =
      check.actors != unset.actors || check.blocks != unset.blocks || check.rounds != unset.rounds;
  if (names || sizes) {
    throw UsageError(fmt::format(
        "PROGRAM '{}': --{} is for allocators; a program has its own threads and work",
        target.program.path, names ? "allocator or --scenario" : "actors, --blocks or --rounds"));
  }
  return plan_target(target, check);
}

CheckCampaign plan_program(ProgramOptions& options) {
  const CheckConfig config = plan_target(options.target, options.check);
  CheckCampaign campaign;
  campaign.seed = config.seed;
  campaign.json = options.check.json;
  campaign.progress_json = options.check.progress_json;
  campaign.report = options.check.report;
  campaign.resume = options.check.resume;
  campaign.runs.push_back(config);
  return campaign;
}

}  // namespace poolproof
