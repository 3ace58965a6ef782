#include "audit_options.hpp"

#include <CLI/CLI.hpp>

#include "report_options.hpp"

namespace poolproof {

void add_audit(CLI::App& app, AuditOptions& options) {
  CLI::App& audit = *app.add_subcommand(
      "audit", "Weaken each memory order of an allocator or a program, and search for what breaks");
  CheckOptions& check = options.check;
  add_pair_options(audit, check.pairs, "Allocators by name; default: all sound model-checked ones");
  add_scope_options(audit, check);
  audit.add_option("-b,--budget", check.budget, "Time for each allocator: 30s, 2m, 1h")
      ->type_name("TIME")
      ->capture_default_str();
  audit.add_option("--seed", check.seed, "Seed of the searches; default: a new one")
      ->type_name("N");
  audit.add_option("--jobs", check.jobs, "Processes that search at once, or 'all' cores")
      ->type_name("N|all")
      ->capture_default_str();
  audit.add_flag("--json", check.json, "Results as JSON");
  add_report_option(audit, check.report);
  add_target(audit, options.target,
             "A program that poolproof-c++ has compiled, as it is; default: allocators", true);
  audit.footer(
      "Of each order: needed, with the execution that fails when it is weaker; not shown needed\n"
      "within this scope; or not reached. An allocator that fails as it is written is audited the\n"
      "other way round: which single order, made stronger, would cure it?\n"
      "Exit status: 0 every order is needed, relaxed, or says in the source why it stays; 1 an\n"
      "allocator fails as it is written; 3 neither; 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof audit -a lockless\n"
      "  poolproof audit -a deferred -s mixed -b 5m --json\n"
      "  poolproof audit ./queue_test -b 2m");
}

AuditCampaign plan_audit(AuditOptions& options) {
  CheckCampaign check;
  if (options.target.program.path.empty()) {
    check = plan_check(options.check, Engine::audit);
  } else {
    check.runs = {plan_only_target(options.target, options.check)};
    check.seed = check.runs[0].seed;
    check.json = options.check.json;
    check.report = options.check.report;
  }
  AuditCampaign campaign;
  campaign.seed = check.seed;
  campaign.json = check.json;
  campaign.report = check.report;
  campaign.notes = check.notes;
  for (const CheckConfig& run : check.runs) {
    if (campaign.audits.empty() || campaign.audits.back().allocator != run.allocator) {
      AuditConfig audit;
      audit.allocator = run.allocator;
      audit.scope = run.scope;
      audit.budget = run.budget;
      audit.seed = run.seed;
      audit.jobs = run.jobs;
      audit.arguments = run.arguments;
      campaign.audits.push_back(std::move(audit));
    }
    campaign.audits.back().scenarios.push_back(run.scenario);
  }
  return campaign;
}

}  // namespace poolproof
