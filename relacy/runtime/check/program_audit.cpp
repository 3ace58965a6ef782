#include "program_audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/exit_status.hpp"
#include "harness/base/output.hpp"
#include "harness/cli/program_main.hpp"
#include "harness/report/report.hpp"
#include "relacy/audit/audit.hpp"
#include "relacy/audit/selftest.hpp"
#include "relacy/program/report_pipe.hpp"
#include "relacy/program/reports/audit_report.hpp"
#include "relacy/program/reports/selftest_report.hpp"

namespace poolproof {

namespace {

AuditSubject subject_of(const Checked& program, const std::vector<SourceOrder>& listed,
                        unsigned actors) {
  AuditSubject subject([&program, actors](const std::string& scenario) {
    const BoxPlan* const box = program.box(scenario);
    return box == nullptr ? program.maker(actors) : program.box_maker(*box);
  });
  subject.is_program = true;
  subject.listed = listed;
  if (program.box() != nullptr) {
    subject.own_scope = [&program](const std::string& scenario) {
      return program.box(scenario)->scope;
    };
  }
  return subject;
}

// What the check does not see, and may be why nothing fails.
void note_unseen(const Checked& program, std::vector<std::string>& notes) {
  if (const std::string function = program.unseen().reached(); !function.empty()) {
    notes.push_back(fmt::format(
        "{} has instructions for shared memory of its own, which the check does not see",
        function));
  }
  if (program.libraries().were_reached()) {
    notes.push_back(
        fmt::format("not compiled by poolproof-c++, so not seen: {}", program.libraries().names()));
  }
  if (program.too_long() != 0) {
    notes.push_back(
        fmt::format("{} of the executions took too many steps, and were ended; see --steps",
                    program.too_long()));
  }
}

// Calls run with as many actors as the executions have.
template <class Run>
auto with_enough_actors(Checked& program, Scope& scope, Run run) {
  const std::vector<SourceOrder> listed = program.listed();
  if (program.box() != nullptr) {
    scope = program.box()->scope;
    return run(subject_of(program, listed, scope.actors));
  }
  scope = {program.actors(), 1, 1};
  for (;;) {
    auto report = run(subject_of(program, listed, scope.actors));
    if (!report.too_few_actors) return report;
    scope.actors = size_for(scope.actors + 1);
  }
}

// Tokens and results name the black box, in the place of the program.
template <class Config>
void name_box(const Checked& program, Config& config, std::vector<std::string>& scenarios,
              std::string& arguments) {
  config.allocator = program.box()->box->name;
  scenarios = program.scenarios();
  arguments.clear();
}

std::optional<ReportPipe> asked_for() {
  const std::optional<int> descriptor = ReportPipe::take();
  return descriptor ? std::optional<ReportPipe>(*descriptor) : std::nullopt;
}

}  // namespace

int audit_program(Checked& program, const std::string& build, AuditCampaign& campaign) {
  std::optional<ReportPipe> pipe = asked_for();
  const std::atomic<bool>& stop = stop_on_signals();
  ReportFolder report_folder(campaign.report);
  AuditConfig& config = campaign.audits.at(0);
  config.build = build;
  if (program.box() != nullptr) name_box(program, config, config.scenarios, config.arguments);
  AuditReport report = with_enough_actors(program, config.scope, [&](const AuditSubject& subject) {
    return run_audit(config, subject, stop);
  });
  note_unseen(program, report.notes);
  const bool any = std::any_of(report.sites.begin(), report.sites.end(),
                               [](const AuditSite& site) { return site.reached; });
  if (!any && report.empty.empty() && !report.failure && !report.interrupted) {
    report.empty = nothing_instrumented;
  }
  if (pipe) {
    pipe->finish(report);
    return all_pass;
  }
  const std::vector<AuditResult> results = {{config, std::move(report)}};
  const nlohmann::ordered_json json = audit_json(campaign, results);
  return finish_report(report_folder, json, print_audit(campaign, results, json));
}

int selftest_program(Checked& program, const std::string& build, SelftestCampaign& campaign) {
  std::optional<ReportPipe> pipe = asked_for();
  const std::atomic<bool>& stop = stop_on_signals();
  SelftestConfig& config = campaign.selftests.at(0);
  config.check.build = build;
  if (program.box() != nullptr) {
    name_box(program, config.check, config.scenarios, config.check.arguments);
  }
  SelftestReport report = with_enough_actors(
      program, config.check.scope,
      [&](const AuditSubject& subject) { return run_selftest(config, subject, stop); });
  note_unseen(program, report.notes);
  for (SelftestMutant& mutant : report.mutants) {
    const bool all = program.too_long() == 0;  // nothing was left out
    if (mutant.verdict == SelftestMutant::Verdict::equivalent && !all) {
      mutant.verdict = SelftestMutant::Verdict::survived;
    }
  }
  if (pipe) {
    pipe->finish(report);
    return all_pass;
  }
  return print_selftest(campaign, {{config, std::move(report)}});
}

}  // namespace poolproof
