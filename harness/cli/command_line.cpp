#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "harness/base/output.hpp"
#include "harness/base/text.hpp"
#include "harness/subjects/subjects.hpp"
#include "shell.hpp"
#include "verbs/audit_options.hpp"
#include "verbs/check_options.hpp"
#include "verbs/init_project.hpp"
#include "verbs/options.hpp"
#include "verbs/program_options.hpp"
#include "verbs/selftest_options.hpp"
#include "verbs/stress_options.hpp"

namespace poolproof {

namespace {

struct Options {
  StressOptions stress;
  CheckOptions check;
  ProgramOptions program;
  AuditOptions audit;
  SelftestOptions selftest;
  ReportOptions report;
  std::string init_folder;
  std::string token;
  std::vector<std::string> replay_arguments;
  bool replay_json = false;
  bool list_json = false;
  std::string limit = "10m";
  std::string completion;  // bash, zsh or man
};

void add_mcp(CLI::App& app, std::string& limit) {
  CLI::App& mcp = *app.add_subcommand(
      "mcp", "Serve agents and editors: the Model Context Protocol on standard input and output");
  mcp.add_option("--limit", limit, "Time for each call, which then answers with what it has")
      ->type_name("TIME")
      ->capture_default_str();
  mcp.footer(
      "Tools: list, stress, check, program, replay, audit; one call at a time.\n"
      "Example, as a client is told of it:\n"
      "  {\"mcpServers\": {\"poolproof\": {\"command\": \"poolproof\", \"args\": [\"mcp\"]}}}");
}

void add_replay(CLI::App& app, Options& options) {
  CLI::App& replay =
      *app.add_subcommand("replay", "Run one execution of the model checker once more");
  replay
      .add_option("TOKEN", options.token,
                  with_program_name("What check printed after 'poolproof replay'"))
      ->type_name("")
      ->required();
  replay
      .add_option("ARGUMENTS", options.replay_arguments,
                  "Of a program that is checked as it is, behind --: those it was checked with")
      ->type_name("");
  replay.add_flag("--json", options.replay_json, "The result as JSON");
  replay.footer("Exit status: 0 this execution passes, 1 it fails, 3 neither, 2 wrong usage.");
}

void add_completion(CLI::App& app, Options& options) {
  CLI::App& completion = *app.add_subcommand(
      "completion", "Print a script that completes this program's command line, or its man page");
  completion.add_option("SHELL", options.completion, "bash, zsh, or man for the man page")
      ->type_name("")
      ->required();
  completion.footer(
      with_program_name("Examples:\n"
                        "  source <(poolproof completion bash)\n"
                        "  source <(poolproof completion zsh)\n"
                        "  poolproof completion man | man -l -"));
}

void print_completion(const CLI::App& app, const std::string& shell) {
  check_names("SHELL", {shell}, {"bash", "zsh", "man"});
  print_result(shell == "bash"  ? bash_completion(app)
               : shell == "zsh" ? zsh_completion(app)
                                : man_page(app));
}

void refuse_renamed_options(int argc, const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]) != "check") return;
  for (int i = 2; i < argc; ++i) refuse_renamed_option(argv[i]);
}

// CLI11 takes an empty argument for an option that was not given.
void refuse_empty_arguments(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] != '\0') continue;
    throw UsageError(
        i == 1 ? std::string("the command is empty; 'poolproof --help' shows what there is")
               : fmt::format("after '{}': an argument that is not empty is wanted", argv[i - 1]));
  }
}

// Returns false after --help or --version, which it prints.
bool parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(error);
      return false;
    }
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    throw UsageError(message + "; 'poolproof --help' shows what there is");
  }
}

Command plan(const CLI::App& app, Options& options) {
  Command command;
  if (app.got_subcommand("list")) {
    command.verb = Command::Verb::list;
    command.json = options.list_json;
  } else if (app.got_subcommand("stress")) {
    command.verb = Command::Verb::stress;
    command.json = options.stress.json;
    command.campaign = plan_stress(options.stress);
  } else if (app.got_subcommand("check")) {
    command.verb = Command::Verb::check;
    command.json = options.check.json;
    command.check = plan_check(options.check);
  } else if (app.got_subcommand("program")) {
    command.verb = Command::Verb::program;
    command.json = options.program.check.json;
    command.check = plan_program(options.program);
    command.program = options.program.target.program;
  } else if (app.got_subcommand("audit")) {
    command.verb = Command::Verb::audit;
    command.json = options.audit.check.json;
    command.audit = plan_audit(options.audit);
    command.program = options.audit.target.program;
  } else if (app.got_subcommand("selftest")) {
    command.verb = Command::Verb::selftest;
    command.json = options.selftest.check.json;
    command.selftest = plan_selftest(options.selftest);
    command.program = options.selftest.target.program;
  } else if (app.got_subcommand("report")) {
    command.verb = Command::Verb::report;
    command.report = options.report;
  } else if (app.got_subcommand("mcp")) {
    command.verb = Command::Verb::mcp;
    command.limit = parse_time("--limit", options.limit);
  } else if (app.got_subcommand("init")) {
    command.verb = Command::Verb::init;
    command.folder = options.init_folder;
  } else {
    command.verb = Command::Verb::replay;
    command.json = options.replay_json;
    command.token = options.token;
    if (!options.replay_arguments.empty() &&
        options.token.find(fmt::format(":{}:", program_scenario)) == std::string::npos) {
      throw UsageError(fmt::format("'{}': only the token of a program has arguments behind it",
                                   options.replay_arguments[0]));
    }
    command.program.arguments = options.replay_arguments;
  }
  return command;
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Pool allocators, and the harness that proves them", program_name());
  app.set_version_flag("--version", "poolproof " POOLPROOF_VERSION);
  app.require_subcommand(1);
  Options options;
  add_stress(app, options.stress);
  add_check(app, options.check);
  add_program(app, options.program);
  add_replay(app, options);
  add_audit(app, options.audit);
  add_selftest(app, options.selftest);
  add_report(app, options.report);
  add_init(app, options.init_folder);
  add_mcp(app, options.limit);
  add_completion(app, options);
  app.add_subcommand("list", "Show the allocators and the scenarios")
      ->add_flag("--json", options.list_json, "As JSON");

  for (CLI::App* verb : app.get_subcommands({})) {
    verb->footer(with_program_name(verb->get_footer()));
  }
  check_added_subjects();
  refuse_empty_arguments(argc, argv);
  refuse_renamed_options(argc, argv);
  if (argc > 1 && argv[1][0] != '-') {
    check_names("command", {argv[1]},
                {"stress", "check", "program", "replay", "audit", "selftest", "report", "init",
                 "mcp", "completion", "list"});
  }
  if (!parse(app, argc, argv)) return {};
  if (app.got_subcommand("completion")) {
    print_completion(app, options.completion);
    return {};
  }
  return plan(app, options);
}

}  // namespace poolproof
