#include "check_report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/output.hpp"
#include "harness/base/table.hpp"
#include "harness/base/text.hpp"
#include "harness/campaign/campaign.hpp"
#include "harness/check/doubt.hpp"
#include "harness/check/unseen.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "harness/subjects/subjects.hpp"
#include "search_text.hpp"

namespace poolproof {

namespace {

// A failure shows no count: an allocator without a cure sees no ABA, even when it dies of one.
std::string aba_column(const CheckResult& result) {
  const Subject* subject = find_subject(result.config.allocator);
  if (subject == nullptr || !subject->aba_prone || result.report.failure) return "-";
  return format_count(static_cast<double>(result.report.aba_windows));
}

// What an execution has: of a program its threads, which main() is one of.
std::string scope_of(const CheckConfig& config, const Scope& scope) {
  return config.scenario == program_scenario ? counted(scope.actors, "thread") : scope_text(scope);
}

std::string scope_line(const CheckConfig& config) {
  std::string line =
      fmt::format("scope: {}; {} search, seed {}; {}", scope_of(config, config.scope),
                  search_text(config.search), config.seed, counted(config.jobs, "job"));
  if (config.memory == Memory::relacy) line += "; Relacy's memory";
  if (config.lock_free) line += "; lock-free: an actor is stopped for good";
  if (config.shards > 1) line += fmt::format("; shard {} of {}", config.shard, config.shards);
  return fitted(line, line_width()) + "\n\n";
}

// The columns in which a search says how much it has seen.
struct CoverageColumns {
  explicit CoverageColumns(const CheckSearch& search)
      : share(!search.is_sampled()),
        missed(search.kind == CheckSearch::Kind::pct ||
               search.kind == CheckSearch::Kind::automatic),
        ends(!search.is_systematic()) {}

  void add_heads(std::vector<Table::Column>& columns) const {
    if (share) columns.push_back({"searched", 8, true});
    if (missed) columns.push_back({"missed", 8, true});
    if (ends) columns.push_back({"new end", 8, true});
  }
  void add_cells(const CheckResult& result, std::vector<std::string>& cells) const {
    const CheckReport& report = result.report;
    const bool failed = report.failure.has_value();
    if (share) cells.push_back(failed ? "-" : share_text(result.config, report));
    if (missed) cells.push_back(failed ? "-" : missed_text(report));
    if (ends) cells.push_back(failed ? "-" : new_end_text(report));
  }
  std::string legend(const CheckSearch& search) const {
    std::string text;
    if (search.kind == CheckSearch::Kind::automatic) {
      text += "searched: all executions up to that number of departures (see --help)\n";
    }
    if (missed) {
      text += fmt::format(
          "missed: the chance, at most, to have missed a bug that takes {} orderings of steps\n",
          search.kind == CheckSearch::Kind::pct ? search.bound : 3);
    }
    if (ends) {
      text += "new end: the chance that one more execution ends in a state not seen before\n";
    }
    return text;
  }

  bool share;
  bool missed;
  bool ends;
};

std::string table(const std::vector<CheckResult>& results, const CheckSearch& search) {
  const CoverageColumns seen(search);
  std::vector<Table::Column> columns = {{"allocator", 23},
                                        {"scenario", 13},
                                        {"executions", 10, true},
                                        {"executions/s", 12, true, 2},
                                        {"ABA seen", 8, true, 1}};
  seen.add_heads(columns);
  columns.push_back({" verdict"});
  Table rows(std::move(columns));
  for (const CheckResult& result : results) {
    const CheckReport& report = result.report;
    std::vector<std::string> cells = {result.config.allocator, result.config.scenario,
                                      format_count(static_cast<double>(report.executions)),
                                      format_count(rate(report)), aba_column(result)};
    seen.add_cells(result, cells);
    cells.push_back(fmt::format(" {}", name_of(report.verdict)));
    rows.add(std::move(cells));
  }
  std::string text = rows.text(line_width());
  std::uint64_t stopped = 0;
  for (const CheckResult& result : results) stopped += result.report.stopped;
  if (!results.empty() && results[0].config.lock_free) {
    text += fmt::format("an actor was stopped in {}\n", counted(stopped, "execution"));
  }
  std::vector<Unseen> unseen;
  for (const CheckResult& result : results) {
    const CheckConfig& config = result.config;
    if (!result.report.failure)
      unseen.push_back({config.allocator, unseen_by(config, result.report)});
  }
  return unseen.empty() ? text
                        : text + fitted(seen.legend(search) + unseen_text(unseen), line_width());
}

// When and in which scope the failure was found: the rest of its first line.
std::string found_text(const CheckConfig& config, const CheckFailure& failure) {
  const bool automatic = config.search.kind == CheckSearch::Kind::automatic;
  std::string text =
      fmt::format("after {}, {:.3f} s{}; ", counted(failure.executions, "execution"),
                  failure.seconds, automatic ? ", by " + format_search(failure.search) : "");
  const std::string scope = scope_of(config, failure.scope);
  const std::string preemptions = counted(failure.preemptions, "preemption");
  return text + (failure.shrink_seconds > 0 ? fmt::format("shrunk to {}, {} in {:.1f} s", scope,
                                                          preemptions, failure.shrink_seconds)
                                            : fmt::format("{}, {}", scope, preemptions));
}

// The message and the trace, below the first line.
std::string failure_body(const CheckFailure& failure) {
  std::string text = fitted(fmt::format("  {}\n", printable(failure.message)), line_width());
  if (failure.trace.empty()) return text;
  text += "\n" + failure.trace;
  if (text.back() != '\n') text += '\n';
  return text + "\n";
}

std::string failures(const std::vector<CheckResult>& results) {
  std::string text;
  for (const auto& [config, report] : results) {
    if (report.failure) {
      text += fitted(fmt::format("\nFAIL {} {}: {}, {}\n", config.allocator, config.scenario,
                                 report.failure->oracle, found_text(config, *report.failure)),
                     line_width());
      text += failure_body(*report.failure);
      text += fitted(hint_of(config.allocator, report.failure->oracle), line_width());
      text += fmt::format("  again: {}\n", again(config, *report.failure));
    } else if (report.verdict != Verdict::pass) {
      text += fitted(fmt::format("\n{} {} {}: {}\n", name_of(report.verdict), config.allocator,
                                 config.scenario, printable(report.reason)),
                     line_width());
    }
  }
  return text;
}

// The commands to go on with, one for all scenarios of an allocator that are UNKNOWN.
std::string next_text(const std::vector<CheckResult>& results) {
  std::vector<CheckConfig> all;
  for (const auto& [config, report] : results) {
    const auto next = next_check(config, report);
    if (!next) continue;
    const auto same = std::find_if(all.begin(), all.end(), [&](const CheckConfig& other) {
      return other.allocator == next->allocator && other.search == next->search;
    });
    if (same == all.end()) {
      all.push_back(*next);
      continue;
    }
    same->scenario += ',' + next->scenario;
    same->budget = std::max(same->budget, next->budget);
    same->executions = std::max(same->executions, next->executions);
  }
  std::string text;
  for (const CheckConfig& next : all) text += fmt::format("  next: {}\n", check_command(next));
  return text;
}

std::size_t count(const std::vector<CheckResult>& results, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [&](const CheckResult& result) { return result.report.verdict == verdict; }));
}

std::string summary(const CheckCampaign& campaign, const std::vector<CheckResult>& results) {
  double executions = 0;
  double seconds = 0;
  for (const CheckResult& result : results) {
    executions += static_cast<double>(result.report.executions);
    seconds += result.report.seconds;
  }
  std::string text = fmt::format(
      "\n{} PASS, {} FAIL, {} UNKNOWN; {} executions in {:.0f} s; seed {}\n",
      count(results, Verdict::pass), count(results, Verdict::fail),
      count(results, Verdict::unknown), format_count(executions), seconds, campaign.seed);
  if (results.size() < campaign.runs.size()) {
    text += fmt::format("interrupted: {} of {} checks were not made\n",
                        campaign.runs.size() - results.size(), campaign.runs.size());
  }
  return text;
}

}  // namespace

TraceLook trace_look(bool json) {
  if (json || isatty(STDOUT_FILENO) == 0) return {};
  return {.colour = true, .width = static_cast<unsigned>(std::min<std::size_t>(line_width(), 160))};
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes)
    print_error(fitted(fmt::format("note: {}\n", note), columns_of(STDERR_FILENO)));
}

std::string check_text(const CheckCampaign& campaign, const std::vector<CheckResult>& results) {
  const CheckConfig& common = campaign.runs.at(0);
  return scope_line(common) + table(results, common.search) + failures(results) +
         next_text(results) + summary(campaign, results);
}

int print_check(const CheckCampaign& campaign, const std::vector<CheckResult>& results,
                const nlohmann::ordered_json& json) {
  print_result(campaign.json ? json_text(json) : check_text(campaign, results));
  if (count(results, Verdict::fail) != 0) return some_fail;
  const bool all = count(results, Verdict::pass) == campaign.runs.size();
  return all ? all_pass : some_unknown;
}

std::string replay_text(const CheckResult& result) {
  const auto& [config, report] = result;
  std::string what = fmt::format("{} {}", config.allocator, config.scenario);
  if (config.change) what += ", " + change_text(*config.change);
  if (report.failure) {
    return fmt::format("FAIL {}: {}; {}, {}\n{}", what, report.failure->oracle,
                       scope_of(config, report.failure->scope),
                       counted(report.failure->preemptions, "preemption"),
                       failure_body(*report.failure));
  }
  if (report.verdict != Verdict::pass) {
    return fmt::format("{} {}: {}\n", name_of(report.verdict), what, printable(report.reason));
  }
  return fmt::format(
      "{}: this execution passes; {}\n  One execution proves nothing: {} check looks at many.\n",
      what, scope_of(config, config.scope), program_name());
}

int print_replay(const std::string& token, const CheckResult& result, bool json) {
  print_result(json ? json_text(replay_json(token, result)) : replay_text(result));
  switch (result.report.verdict) {
    case Verdict::pass:
      return all_pass;
    case Verdict::fail:
      return some_fail;
    case Verdict::unknown:
      break;
  }
  return some_unknown;
}

}  // namespace poolproof
