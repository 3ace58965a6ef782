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

}  // namespace

void add_program(CLI::App& app, ProgramOptions& options) {
  CLI::App& program = *app.add_subcommand(
      "program", "Search the executions of a program as it is, that poolproof-c++ has compiled");
  program.add_option("PROGRAM", options.program.path, "The program; its main() begins all threads")
      ->type_name("")
      ->required();
  program.add_option("ARGUMENTS", options.program.arguments, "Its arguments, behind --")
      ->type_name("");
  add_search_options(program, options.check);
  add_work_options(program, options.check);
  program.add_flag("--no-races", options.no_races, "Data races are no failures");
  program.add_flag("--no-leaks", options.no_leaks, "Lost blocks are no failures");
  program.add_flag("--no-liveness", options.no_liveness,
                   "An execution in which all threads wait for each other for good does not count");
  program.add_option("--steps", options.steps, "Of an execution, at most")
      ->type_name("N")
      ->capture_default_str();
  program.footer(
      "Exit status: 0 PASS, 1 FAIL, 3 UNKNOWN, 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof-c++ -std=c++20 queue_test.cpp -o queue_test\n"
      "  poolproof program ./queue_test -b 60s\n"
      "  poolproof program ./queue_test --search exhaustive -- 2 3");
}

CheckCampaign plan_program(ProgramOptions& options) {
  check_file(options.program.path);
  options.program.races = !options.no_races;
  options.program.leaks = !options.no_leaks;
  options.program.liveness = !options.no_liveness;
  options.program.steps = parse_small("--steps", options.steps, 100, 1'000'000);
  CheckConfig config = common_config(options.check);
  if (config.lock_free) {
    throw UsageError("--lock-free: the threads of a program cannot be stopped for good");
  }
  config.allocator = options.program.path;
  config.scenario = program_scenario;
  config.scope = {Scope::least_actors, 1, 1};
  config.arguments = quoted(options.program.arguments);
  if (options.no_races) {
    config.not_asked.emplace_back(
        "data races, and what only another order of plain accesses shows: each happens with the "
        "step before it (--no-races)");
  }
  if (options.no_leaks) config.not_asked.emplace_back("lost blocks (--no-leaks)");
  if (options.no_liveness) {
    config.not_asked.emplace_back("threads that wait for each other for good (--no-liveness)");
  }
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
