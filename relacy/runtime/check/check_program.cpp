// The program checks itself, in the place of its main.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "checked.hpp"
#include "harness/base/exit_status.hpp"
#include "harness/base/output.hpp"
#include "harness/base/text.hpp"
#include "harness/check/trace_json.hpp"
#include "harness/cli/command_line.hpp"
#include "harness/cli/program_main.hpp"
#include "harness/cli/verbs/options.hpp"
#include "harness/report/report.hpp"
#include "program_audit.hpp"
#include "relacy/check/check_run.hpp"
#include "relacy/program/program_command.hpp"
#include "relacy/program/report_pipe.hpp"
#include "relacy/program/reports/check_progress.hpp"
#include "relacy/program/reports/check_report.hpp"
#include "relacy/runtime/runtime.hpp"

namespace poolproof {

namespace {

// What a token must know of the rules. With a p, plain accesses that race are steps; with an r, as
// in those of before, none is.
std::string letters_of(const ProgramCheck& check, Checked& program) {
  std::string letters;
  if (!check.races) {
    if (program.box() == nullptr) program.actors();
    letters += program.are_races_known() ? 'p' : 'r';
  }
  if (!check.leaks) letters += 'l';
  if (!check.liveness) letters += 'w';
  return letters;
}
void read_letters(const std::string& letters, ProgramCheck& check) {
  check.races = letters.find_first_of("pr") == std::string::npos;
  check.leaks = letters.find('l') == std::string::npos;
  check.liveness = letters.find('w') == std::string::npos;
}

// SUBJECT SCENARIO,... [THREADS BLOCKS ROUNDS]: the arguments of a program of black boxes. Empty:
// it has none.
std::vector<BoxPlan> boxes_of(const ProgramStart& start) {
  std::vector<BoxPlan> plans;
  if (first_box() == nullptr) return plans;
  const std::vector<std::string> given(start.argv + 1, start.argv + start.argc);
  const bool sized = given.size() == 5;
  std::istringstream scenarios(sized || given.size() == 2 ? given[1] : "");
  bool all = true;
  for (std::string scenario; std::getline(scenarios, scenario, ',');) {
    const std::optional<BoxPlan> plan = find_box(given[0], scenario);
    if (plan) plans.push_back(*plan);
    all = all && plan;
  }
  if (plans.empty() || !all) {
    throw UsageError(
        "behind -- the names of a black box of this program and of a scenario are wanted, and "
        "how many threads, blocks and rounds");
  }
  for (BoxPlan& plan : plans) {
    if (!sized) continue;
    const std::uint32_t threads =
        parse_small("THREADS", given[2], Scope::least_actors, Scope::most_actors);
    plan.scope.actors = actors_for(*plan.scenario, threads);
    plan.scope.blocks = parse_small("BLOCKS", given[3], 1, Scope::most_blocks);
    plan.scope.rounds = parse_small("ROUNDS", given[4], 1, Scope::most_rounds);
  }
  return plans;
}

std::string own_build() { return build_of("/proc/self/exe"); }
// With more actors, if an execution has more than those that were looked at.
CheckReport checked(Checked& program, const CheckCampaign& campaign, CheckConfig& config,
                    CheckWatcher& progress, const std::atomic<bool>& stop, ResumeFile* resume) {
  if (!program.box()) config.scope = {program.actors(), 1, 1};
  for (;;) {
    CheckReport report = run_check({.config = config,
                                    .make = program.maker(config.scope.actors),
                                    .watcher = progress,
                                    .stop = stop,
                                    .look = trace_look(campaign.json),
                                    .resume = resume});
    if (!report.failure || report.failure->oracle != "threads") return report;
    if (program.box()) {
      report.failure->oracle = "unsupported";
      report.failure->message = "the black box begins threads of its own";
      return report;
    }
    config.scope.actors = size_for(config.scope.actors + 1);
  }
}

// Of what a failing execution came to: the first function that the check does not see, as the event
// behind it tells; empty if there is none. note: the words before it.
std::string unseen_in(const CheckFailure& failure, std::string_view note) {
  for (const nlohmann::ordered_json& event : failure.trace_json->events) {
    for (const char* key : {"call", "text"}) {
      const std::string words = event.value(key, "");
      const std::size_t at = words.find(note);
      if (at == std::string::npos) continue;
      const std::string function = words.substr(at + note.size());
      return function.substr(0, function.find(", "));
    }
  }
  return {};
}

void doubt(CheckFailure& failure, const std::string& why) {
  failure.message =
      fmt::format("{}: {}; but {}, and may forbid that", failure.oracle, failure.message, why);
  failure.oracle = "unsupported";
}

// What libraries do that were not compiled for the check may be why it fails.
void doubt_libraries(const UnseenLibraries& libraries, CheckFailure& failure) {
  const std::string function =
      failure.trace_json ? unseen_in(failure, UnseenLibraries::note) : libraries.names();
  const bool is_apart = failure.trace_json && !unseen_in(failure, UnseenLibraries::apart).empty();
  if (function.empty() || is_apart) return;
  doubt(failure, fmt::format("{} was not compiled by poolproof-c++: how it orders threads is not "
                             "seen",
                             function));
}

// What has not been seen, and may be why it fails or does not.
void doubt_unseen(const Checked& program, CheckReport& report) {
  const UnseenCode& unseen = program.unseen();
  if (!unseen.empty() && report.failure && report.failure->oracle != "unsupported") {
    CheckFailure& failure = *report.failure;
    const bool is_known = unseen.is_watched() && failure.trace_json;
    const std::string function =
        is_known ? unseen_in(failure, UnseenCode::note) : unseen.function();
    if (!function.empty()) {
      failure.message = fmt::format(
          "{}: {}; but {} has instructions for shared memory of its own, which the check does not "
          "see, and they may forbid that",
          failure.oracle, failure.message, function);
      failure.oracle = "unsupported";
    }
  }
  if (!program.libraries().empty() && report.failure && report.failure->oracle != "unsupported") {
    doubt_libraries(program.libraries(), *report.failure);
  }
  if (program.too_long() == 0 || report.verdict != Verdict::pass) return;
  report.verdict = Verdict::unknown;
  report.reason = fmt::format(
      "{} of the executions took too many steps, and were ended; see --steps", program.too_long());
}

// One of a campaign's, for the process that has it.
int check_for_other(Checked& program, CheckCampaign& campaign, ReportPipe& pipe) {
  const std::atomic<bool>& stop = stop_on_signals();
  CheckConfig& config = campaign.runs.at(0);
  config.allocator = program.box()->box->name;
  config.scenario = program.box()->scenario->info->name;
  config.arguments.clear();
  CheckReport report = checked(program, campaign, config, pipe, stop, nullptr);
  doubt_unseen(program, report);
  pipe.finish(report);
  return all_pass;
}

int check(Checked& program, Command& command) {
  CheckCampaign& campaign = command.check;
  CheckConfig& config = campaign.runs.at(0);
  if (program.box()) config.scope = program.box()->scope;
  config.build = own_build() + letters_of(command.program, program);
  if (const std::optional<int> descriptor = ReportPipe::take()) {
    ReportPipe pipe(*descriptor);
    return check_for_other(program, campaign, pipe);
  }
  const std::atomic<bool>& stop = stop_on_signals();
  ReportFolder report_folder(campaign.report);
  std::optional<ResumeFile> resume;
  if (!campaign.resume.empty()) resume.emplace(campaign.resume, campaign.runs);
  if (!program.libraries().empty()) {
    print_error(fmt::format(
        "note: {} {} not compiled by poolproof-c++: what is done there to memory "
        "that threads share is not seen\n",
        program.libraries().names(), program.libraries().are_several() ? "were" : "was"));
  }
  CheckProgress progress(campaign.runs, campaign.progress_json);
  progress.start(0);
  CheckReport report =
      checked(program, campaign, config, progress, stop, resume ? &*resume : nullptr);
  doubt_unseen(program, report);
  judge_check(config, report);
  progress.finish(report);
  progress.clear();
  const std::vector<CheckResult> results = {{config, std::move(report)}};
  const nlohmann::ordered_json json =
      check_json(campaign, results, stop.load(std::memory_order_relaxed));
  return finish_report(report_folder, json, print_check(campaign, results, json));
}

Token own_token(const std::string& text) {
  try {
    Token token = read_token(text);
    const std::size_t at = token.allocator.rfind('@');
    if (token.allocator.substr(at + 1, own_build().size()) != own_build()) {
      throw TokenError("it names another build of the program");
    }
    size_for(token.scope.actors);
    return token;
  } catch (const TokenError& error) {
    throw UsageError(fmt::format("TOKEN '{}': {}", text, error.what()));
  }
}

int replay(const ProgramStart& start, Command& command) {
  const Token token = own_token(command.token);
  const std::string build = token.allocator.substr(token.allocator.rfind('@') + 1);
  read_letters(build.substr(own_build().size()), command.program);
  Checked program(start, command.program, boxes_of(start));
  if (build.find('p', own_build().size()) != std::string::npos) {
    program.actors();
    if (!program.are_races_known()) {
      throw UsageError("TOKEN: the machine is too slow to see again which plain accesses race");
    }
  }
  CheckResult result;
  result.config.allocator = token.allocator.substr(0, token.allocator.rfind('@'));
  result.config.scenario = token.scenario;
  result.config.scope = token.scope;
  result.config.change = token.change;
  if (token.change) program.listed();  // reads all places at once
  result.report = run_replay(token, program.maker(token.scope.actors), trace_look(command.json));
  return print_replay(command.token, result, command.json);
}

int run(const ProgramStart& start, const std::vector<std::string>& arguments) {
  std::vector<const char*> argv;
  argv.reserve(arguments.size());
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  Command command = parse_command_line(static_cast<int>(argv.size()), argv.data());
  if (command.verb == Command::Verb::replay) return replay(start, command);
  std::vector<BoxPlan> boxes = boxes_of(start);
  if (boxes.size() > 1 && command.verb == Command::Verb::program) {
    throw UsageError("behind -- one scenario is wanted; several are for audit and selftest");
  }
  Checked program(start, command.program, std::move(boxes));
  const std::string build = own_build() + letters_of(command.program, program);
  switch (command.verb) {
    case Command::Verb::audit:
      return audit_program(program, build, command.audit);
    case Command::Verb::selftest:
      return selftest_program(program, build, command.selftest);
    default:
      return check(program, command);
  }
}

}  // namespace

int check_program(const ProgramStart& start) {
  Program::heap().keep_early();
  main_begins();
  // Its buffer would come from the heap of some execution.
  static std::array<char, BUFSIZ> buffer;
  setvbuf(stdout, buffer.data(), _IOFBF, buffer.size());
  const std::vector<std::string> arguments = ProgramCommand::take();
  if (!arguments.empty()) set_program_name(arguments[0].c_str());
  const int status = program_main([&] { return run(start, arguments); });
  // What the program would do at its end is not ours.
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace poolproof
