#include "selftest_options.hpp"

#include <CLI/CLI.hpp>

namespace poolproof {

void add_selftest(CLI::App& app, SelftestOptions& options) {
  CLI::App& selftest = *app.add_subcommand("selftest",
                                           "Plant bugs into an allocator or a program, one at a "
                                           "time, and see whether the checks find them");
  CheckOptions& check = options.check;
  add_pair_options(selftest, check.pairs,
                   "Allocators by name; default: all sound model-checked ones");
  add_scope_options(selftest, check);
  add_search_options(selftest, check);
  selftest.add_option("--jobs", check.jobs, "Processes that search at once, or 'all' cores")
      ->type_name("N|all")
      ->capture_default_str();
  selftest
      .add_option("--least", options.least,
                  "FAIL if the checks kill a smaller percentage of the mutants: 0 to 100")
      ->type_name("PERCENT")
      ->capture_default_str();
  selftest.add_flag("--json", check.json, "Results as JSON");
  add_target(selftest, options.target,
             "A program that poolproof-c++ has compiled, as it is; default: allocators", true);
  selftest.footer(
      "Mutants, made without compiling again: each memory order a step weaker; each compare-and-\n"
      "swap, exchange or addition as a load and a store; each fence left out. The time is for "
      "each\n"
      "mutant under each scenario. The score is the part that the checks kill, of all that are "
      "not\n"
      "shown to be equivalent.\n"
      "Exit status: 0 the score is at least --least; 1 it is not, the allocator fails as it is\n"
      "written, or it has no atomic operation that was seen; 3 interrupted; 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof selftest -a lockless -s churn\n"
      "  poolproof selftest -a mine -b 10s --least 90\n"
      "  poolproof selftest ./queue_test -b 5s --seed 1 --least 90");
}

SelftestCampaign plan_selftest(SelftestOptions& options) {
  const bool is_program = !options.target.program.path.empty();
  CheckCampaign check;
  if (is_program) {
    check.runs = {plan_only_target(options.target, options.check)};
    check.seed = check.runs[0].seed;
    check.json = options.check.json;
  } else {
    check = plan_check(options.check, Engine::audit);
  }
  SelftestCampaign campaign;
  campaign.seed = check.seed;
  campaign.json = check.json;
  campaign.notes = check.notes;
  campaign.named = is_program || !options.check.pairs.allocators.empty();
  campaign.least = static_cast<std::uint32_t>(parse_number("--least", options.least, 0, 100));
  for (const CheckConfig& run : check.runs) {
    const bool is_next =
        campaign.selftests.empty() || campaign.selftests.back().check.allocator != run.allocator;
    if (is_next) campaign.selftests.push_back({.check = run, .scenarios = {}});
    campaign.selftests.back().scenarios.push_back(run.scenario);
  }
  return campaign;
}

}  // namespace poolproof
