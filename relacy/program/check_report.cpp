#include "check_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/output.hpp"
#include "harness/base/text.hpp"
#include "harness/campaign/campaign.hpp"
#include "harness/check/unseen.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "harness/subjects/subjects.hpp"
#include "search_text.hpp"

namespace poolproof {

namespace {

constexpr const char* row = "{:<23} {:<13} {:>10} {:>12} {:>8} {} {}\n";

std::string aba_column(const CheckResult& result) {
  const Subject* subject = find_subject(result.config.allocator);
  if (subject == nullptr || !subject->aba_prone) return "-";
  return format_count(static_cast<double>(result.report.aba_windows));
}

std::string scope_line(const CheckConfig& config) {
  std::string line =
      fmt::format("scope: {}; {} search, seed {}; {}", scope_text(config.scope),
                  search_text(config.search), config.seed, counted(config.jobs, "job"));
  if (config.lock_free) line += "; lock-free: an actor is stopped for good";
  if (config.shards > 1) line += fmt::format("; shard {} of {}", config.shard, config.shards);
  return line + "\n\n";
}

// The columns in which a search says how much it has seen.
struct CoverageColumns {
  explicit CoverageColumns(const CheckSearch& search)
      : share(!search.is_sampled()),
        missed(search.kind == CheckSearch::Kind::pct ||
               search.kind == CheckSearch::Kind::automatic),
        ends(!search.is_systematic()) {}

  std::string columns(std::string_view searched, std::string_view miss,
                      std::string_view end) const {
    std::string text;
    if (share) text += fmt::format("{:>8} ", searched);
    if (missed) text += fmt::format("{:>8} ", miss);
    if (ends) text += fmt::format("{:>8} ", end);
    return text;
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
  std::string text =
      fmt::format(row, "allocator", "scenario", "executions", "executions/s", "ABA seen",
                  seen.columns("searched", "missed", "new end"), "verdict");
  for (const CheckResult& result : results) {
    const CheckReport& report = result.report;
    text += fmt::format(row, result.config.allocator, result.config.scenario,
                        format_count(static_cast<double>(report.executions)),
                        format_count(rate(report)), aba_column(result),
                        report.failure ? seen.columns("-", "-", "-")
                                       : seen.columns(share_text(result.config, report),
                                                      missed_text(report), new_end_text(report)),
                        name_of(report.verdict));
  }
  std::uint64_t stopped = 0;
  for (const CheckResult& result : results) stopped += result.report.stopped;
  if (!results.empty() && results[0].config.lock_free) {
    text += fmt::format("an actor was stopped in {}\n", counted(stopped, "execution"));
  }
  std::vector<Unseen> unseen;
  for (const CheckResult& result : results) {
    const CheckConfig& config = result.config;
    if (!result.report.failure) unseen.push_back({config.allocator, unseen_by(config)});
  }
  return unseen.empty() ? text : text + seen.legend(search) + unseen_text(unseen);
}

// When and in which scope the failure was found: the rest of its first line.
std::string found_text(const CheckFailure& failure, bool automatic) {
  std::string text =
      fmt::format("after {}, {:.3f} s{}; ", counted(failure.executions, "execution"),
                  failure.seconds, automatic ? ", by " + format_search(failure.search) : "");
  const std::string scope = scope_text(failure.scope);
  const std::string preemptions = counted(failure.preemptions, "preemption");
  return text + (failure.shrink_seconds > 0 ? fmt::format("shrunk to {}, {} in {:.1f} s", scope,
                                                          preemptions, failure.shrink_seconds)
                                            : fmt::format("{}, {}", scope, preemptions));
}

// The message and the trace, below the first line.
std::string failure_body(const CheckFailure& failure) {
  std::string text = fmt::format("  {}\n", printable(failure.message));
  if (failure.trace.empty()) return text;
  text += "\n" + failure.trace;
  if (text.back() != '\n') text += '\n';
  return text + "\n";
}

std::string failures(const std::vector<CheckResult>& results) {
  std::string text;
  for (const auto& [config, report] : results) {
    if (report.failure) {
      text += fmt::format(
          "\nFAIL {} {}: {}, {}\n{}{}  again: {}\n", config.allocator, config.scenario,
          report.failure->oracle,
          found_text(*report.failure, config.search.kind == CheckSearch::Kind::automatic),
          failure_body(*report.failure), hint_of(config.allocator, report.failure->oracle),
          again(config, *report.failure));
    } else if (report.verdict != Verdict::pass) {
      text += fmt::format("\n{} {} {}: {}\n", name_of(report.verdict), config.allocator,
                          config.scenario, printable(report.reason));
    }
  }
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

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_error(fmt::format("note: {}\n", note));
}

std::string check_text(const CheckCampaign& campaign, const std::vector<CheckResult>& results) {
  const CheckConfig& common = campaign.runs.at(0);
  return scope_line(common) + table(results, common.search) + failures(results) +
         summary(campaign, results);
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
    return fmt::format(
        "FAIL {}: {}; {}, {}\n{}", what, report.failure->oracle, scope_text(report.failure->scope),
        counted(report.failure->preemptions, "preemption"), failure_body(*report.failure));
  }
  if (report.verdict != Verdict::pass) {
    return fmt::format("{} {}: {}\n", name_of(report.verdict), what, printable(report.reason));
  }
  return fmt::format(
      "{}: this execution passes; {}\n  One execution proves nothing: {} check looks at many.\n",
      what, scope_text(config.scope), program_name());
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
