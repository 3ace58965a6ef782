// The program poolproof-relacy: what poolproof becomes for check, replay, audit and selftest. A
// program of its own, since Relacy replaces the global operator new.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "box_check.hpp"
#include "harness/base/text.hpp"
#include "harness/cli/command_line.hpp"
#include "harness/cli/program_main.hpp"
#include "harness/report/report.hpp"
#include "harness/subjects/subjects.hpp"
#include "program_command.hpp"
#include "relacy/check/check_run.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/program/reports/audit_report.hpp"
#include "relacy/program/reports/check_progress.hpp"
#include "relacy/program/reports/check_report.hpp"
#include "relacy/program/reports/selftest_report.hpp"
#include "relacy/replay/token.hpp"

namespace {

using poolproof::CheckResult;
using poolproof::Command;

poolproof::MakeModel maker(const std::string& allocator, const std::string& scenario) {
  return [=](const poolproof::Scope& scope) {
    return poolproof::make_model(allocator, scenario, scope);
  };
}

bool is_black_box(const std::string& allocator) {
  const poolproof::Subject* const subject = poolproof::find_subject(allocator);
  return subject != nullptr && subject->black_box();
}

// The next check of the campaign. That it cannot be made, as without memory, is a result too.
CheckResult check_one(const poolproof::CheckCampaign& campaign,
                      const poolproof::CheckConfig& config, poolproof::CheckProgress& progress,
                      const std::atomic<bool>& stop, poolproof::ResumeFile* resume) {
  CheckResult result{config, {}};
  try {
    if (is_black_box(config.allocator)) {
      result.report = poolproof::check_box(config, campaign.json, progress, stop);
      judge_check(config, result.report);
      return result;
    }
    result.report = poolproof::run_check({.config = config,
                                          .make = maker(config.allocator, config.scenario),
                                          .watcher = progress,
                                          .stop = stop,
                                          .look = poolproof::trace_look(campaign.json),
                                          .resume = resume});
  } catch (const std::exception& error) {
    result.report.reason = fmt::format("the check could not be made: {}", error.what());
  }
  judge_check(config, result.report);
  return result;
}

// What the program of a black box cannot do.
void refuse_for_box(const char* option, const std::string& allocator) {
  if (!is_black_box(allocator)) return;
  throw poolproof::UsageError(fmt::format(
      "{} is not for black boxes, and {} is one; name others by -a", option, allocator));
}
void refuse_for_boxes(const poolproof::CheckCampaign& campaign) {
  for (const poolproof::CheckConfig& config : campaign.runs) {
    const char* const option = config.lock_free                            ? "--lock-free"
                               : !campaign.resume.empty()                  ? "--resume"
                               : config.memory != poolproof::Memory::cpp20 ? "--memory"
                                                                           : nullptr;
    if (option != nullptr) refuse_for_box(option, config.allocator);
  }
}

int check(const poolproof::CheckCampaign& campaign) {
  refuse_for_boxes(campaign);
  const std::atomic<bool>& stop = poolproof::stop_on_signals();
  poolproof::ReportFolder report_folder(campaign.report);
  std::optional<poolproof::ResumeFile> resume;
  if (!campaign.resume.empty()) resume.emplace(campaign.resume, campaign.runs);
  poolproof::print_notes(campaign.notes);
  poolproof::CheckProgress progress(campaign.runs, campaign.progress_json);
  std::vector<CheckResult> results;
  for (const poolproof::CheckConfig& config : campaign.runs) {
    if (stop.load(std::memory_order_relaxed)) break;
    progress.start(results.size());
    results.push_back(check_one(campaign, config, progress, stop, resume ? &*resume : nullptr));
    progress.finish(results.back().report);
  }
  progress.clear();
  const bool stopped = stop.load(std::memory_order_relaxed);
  const nlohmann::ordered_json json = check_json(campaign, results, stopped);
  int status = print_check(campaign, results, json);
  if (resume && resume->lost() && status == poolproof::all_pass) status = poolproof::some_unknown;
  return finish_report(report_folder, json, status);
}

int audit(const poolproof::AuditCampaign& campaign) {
  const std::atomic<bool>& stop = poolproof::stop_on_signals();
  poolproof::ReportFolder report_folder(campaign.report);
  poolproof::print_notes(campaign.notes);
  std::vector<poolproof::AuditResult> results;
  for (const poolproof::AuditConfig& config : campaign.audits) {
    if (stop.load(std::memory_order_relaxed)) break;
    const poolproof::MakeScenario make = [&](const std::string& scenario) {
      return maker(config.allocator, scenario);
    };
    try {
      results.push_back({config, is_black_box(config.allocator) ? poolproof::audit_box(config, stop)
                                                                : run_audit(config, make, stop)});
    } catch (const std::exception& error) {
      results.push_back({config, {}});
      results.back().report.notes.push_back(
          fmt::format("the audit could not be made: {}", error.what()));
    }
  }
  const nlohmann::ordered_json json = audit_json(campaign, results);
  return finish_report(report_folder, json, print_audit(campaign, results, json));
}

int selftest(poolproof::SelftestCampaign campaign) {
  for (const poolproof::SelftestConfig& config : campaign.selftests) {
    if (config.check.lock_free) refuse_for_box("--lock-free", config.check.allocator);
  }
  const std::atomic<bool>& stop = poolproof::stop_on_signals();
  std::vector<poolproof::SelftestResult> results;
  for (const poolproof::SelftestConfig& config : campaign.selftests) {
    if (stop.load(std::memory_order_relaxed)) break;
    const poolproof::MakeScenario make = [&](const std::string& scenario) {
      return maker(config.check.allocator, scenario);
    };
    results.push_back({config, {}});
    try {
      results.back().report = is_black_box(config.check.allocator)
                                  ? poolproof::selftest_box(config, stop)
                                  : run_selftest(config, make, stop);
    } catch (const std::exception& error) {
      results.back().report.interrupted = true;
      results.back().report.notes.push_back(
          fmt::format("the selftest could not be made: {}", error.what()));
    }
  }
  leave_out_empty(campaign, results);
  poolproof::print_notes(campaign.notes);
  return print_selftest(campaign, results);
}

void refuse(const std::string& token, const std::string& why) {
  throw poolproof::UsageError(fmt::format("TOKEN '{}': {}", token, why));
}

poolproof::Token token_of(const std::string& text) {
  poolproof::Token token;
  try {
    token = poolproof::read_token(text);
  } catch (const poolproof::TokenError& error) {
    refuse(text, error.what());
  }
  if (!poolproof::is_possible(token.scope)) refuse(text, "there is no scope of that size");
  if (poolproof::make_model(token.allocator, token.scenario, token.scope) == nullptr) {
    refuse(text, fmt::format("this program has no model of {} under {}; 'poolproof list' shows "
                             "what there is",
                             token.allocator, token.scenario));
  }
  return token;
}

int replay(const Command& command) {
  const poolproof::Token token = token_of(command.token);
  CheckResult result;
  result.config.allocator = token.allocator;
  result.config.scenario = token.scenario;
  result.config.scope = token.scope;
  result.config.change = token.change;
  result.report = run_replay(token, maker(token.allocator, token.scenario),
                             poolproof::trace_look(command.json));
  return print_replay(command.token, result, command.json);
}

// The program of a black box checks and replays for it; its token names the build of that.
void become_box_of_token(const Command& command, int argc, char** argv) {
  poolproof::Token token;
  try {
    token = poolproof::read_token(command.token);
  } catch (const poolproof::TokenError&) {
    return;  // replay says what is wrong with it
  }
  const std::string name = token.allocator.substr(0, token.allocator.rfind('@'));
  if (is_black_box(name)) poolproof::become_box(name, token.scenario, {argv, argv + argc});
}

// The program checks itself.
void become_program(const Command& command, int argc, char** argv) {
  const std::vector<std::string> ours(argv, argv + argc);
  poolproof::ProgramCommand::become(command.program.path, command.program.arguments, ours);
}
// So does that of a token, if it names one; the command has the program's arguments behind it.
void become_program_of_token(Command command, int argc, char** argv) {
  poolproof::Token token;
  try {
    token = poolproof::read_token(command.token);
  } catch (const poolproof::TokenError&) {
    return;  // replay says what is wrong with it
  }
  if (token.scenario != poolproof::program_scenario) return;
  command.program.path = token.allocator.substr(0, token.allocator.rfind('@'));
  become_program(command, argc, argv);
}

int run(int argc, char** argv) {
  const Command command = poolproof::parse_command_line(argc, argv);
  switch (command.verb) {
    case Command::Verb::check:
      return check(command.check);
    case Command::Verb::program:
      become_program(command, argc, argv);
      break;
    case Command::Verb::replay:
      become_program_of_token(command, argc, argv);
      become_box_of_token(command, argc, argv);
      return replay(command);
    case Command::Verb::audit:
      if (!command.program.path.empty()) become_program(command, argc, argv);
      return audit(command.audit);
    case Command::Verb::selftest:
      if (!command.program.path.empty()) become_program(command, argc, argv);
      return selftest(command.selftest);
    case Command::Verb::printed:
      return poolproof::all_pass;
    default:
      break;
  }
  throw poolproof::UsageError(
      "poolproof-relacy only checks, replays, audits and tests itself; use "
      "poolproof");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 0) poolproof::set_program_name(argv[0]);
  return poolproof::program_main([&] { return run(argc, argv); });
}
