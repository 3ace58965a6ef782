#include "campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/output.hpp"
#include "harness/base/table.hpp"
#include "harness/base/text.hpp"
#include "harness/check/budget.hpp"
#include "harness/check/doubt.hpp"
#include "harness/check/unseen.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "harness/stress/runs/child.hpp"
#include "harness/subjects/subjects.hpp"
#include "progress_line.hpp"

namespace poolproof {

namespace {

struct Result {
  RunConfig config;
  RunReport report;
};

constexpr std::uint64_t least_pairs = 1000;  // for each thread

// Why the run is no PASS, though it found no failure.
Doubt doubt_of(const RunConfig& config, const RunReport& report) {
  constexpr double longer = 4;  // times the work, where nobody can say how much is enough
  const Subject* const subject = find_subject(config.allocator);
  if (subject == nullptr) return {};
  const auto wanted = static_cast<double>(least_pairs * config.threads);
  const auto made = static_cast<double>(report.pairs);
  if (made < wanted) {
    return {fmt::format("{} pairs on {} threads are few: a PASS needs {} for each thread, for "
                        "which {} would be enough",
                        report.pairs, config.threads, least_pairs,
                        enough_budget(report.seconds, wanted, made)),
            wanted / made};
  }
  if (!subject->sound) {
    return {"no violation was seen; a broken allocator is never a PASS: run longer", longer};
  }
  if (subject->aba_prone && report.aba_windows == 0) {
    return {"no ABA window was seen, so the cure was never needed: run longer", longer};
  }
  return {};
}

double rate(const RunReport& report) {
  return report.seconds > 0 ? static_cast<double>(report.pairs) / report.seconds : 0;
}

// A failure shows no count: an allocator without a cure sees no ABA, even when it dies of one.
std::string aba_column(const Result& result) {
  const Subject* subject = find_subject(result.config.allocator);
  if (subject == nullptr || !subject->aba_prone || result.report.failure) return "-";
  return format_count(static_cast<double>(result.report.aba_windows));
}

std::string table(const std::vector<Result>& results) {
  Table table({{"allocator", 23},
               {"scenario", 13},
               {"threads", 7, true, 2},
               {"pairs", 8, true, 3},
               {"pairs/s", 8, true, 1},
               {"ABA seen", 9, true},
               {" verdict"}});
  for (const Result& result : results) {
    table.add(
        {result.config.allocator, result.config.scenario, std::to_string(result.config.threads),
         format_count(static_cast<double>(result.report.pairs)), format_count(rate(result.report)),
         aba_column(result), fmt::format(" {}", name_of(result.report.verdict))});
  }
  return table.text(line_width());
}

std::string failures(const std::vector<Result>& results) {
  std::string text;
  for (const auto& [config, report] : results) {
    if (report.failure) {
      std::string what =
          fmt::format("\nFAIL {} {}: {}, after {:.3f} s\n  {}\n", config.allocator, config.scenario,
                      report.failure->oracle, report.failure->seconds, report.failure->message);
      if (report.failures > 1) what += fmt::format("  {} pools failed in all\n", report.failures);
      what += hint_of(config.allocator, report.failure->oracle);
      text += fitted(what, line_width());
      text += fmt::format("  again: {}\n", replay_command(config));
    } else if (report.verdict == Verdict::unknown) {
      text += fitted(
          fmt::format("\nUNKNOWN {} {}: {}\n", config.allocator, config.scenario, report.reason),
          line_width());
      const std::string next = next_command(config, report);
      if (!next.empty()) text += fmt::format("  next: {}\n", next);
    }
  }
  return text;
}

std::size_t count(const std::vector<Result>& results, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [&](const Result& result) { return result.report.verdict == verdict; }));
}

std::string summary(const std::vector<Result>& results, const CampaignConfig& campaign) {
  double pairs = 0;
  double seconds = 0;
  for (const Result& result : results) {
    pairs += static_cast<double>(result.report.pairs);
    seconds += result.report.seconds;
  }
  std::string text =
      fmt::format("\n{} PASS, {} FAIL, {} UNKNOWN; {} pairs in {:.0f} s; seed {}\n",
                  count(results, Verdict::pass), count(results, Verdict::fail),
                  count(results, Verdict::unknown), format_count(pairs), seconds, campaign.seed);
  if (results.size() < campaign.runs.size()) {
    text += fmt::format("interrupted: {} of {} runs were not made\n",
                        campaign.runs.size() - results.size(), campaign.runs.size());
  }
  return text;
}

// The blind spots of the runs that did not fail.
std::string unseen(const std::vector<Result>& results) {
  std::vector<Unseen> all;
  for (const auto& [config, report] : results) {
    if (report.verdict != Verdict::fail) all.push_back({config.allocator, unseen_by(config)});
  }
  return fitted(unseen_text(all), line_width());
}

int status_of(const std::vector<Result>& results, const CampaignConfig& campaign) {
  if (count(results, Verdict::fail) != 0) return some_fail;
  const bool complete = results.size() == campaign.runs.size();
  return complete && count(results, Verdict::unknown) == 0 ? all_pass : some_unknown;
}

nlohmann::ordered_json to_json(const std::vector<Result>& results, const CampaignConfig& campaign,
                               bool interrupted) {
  nlohmann::ordered_json json = {{"poolproof", version()},
                                 {"seed", campaign.seed},
                                 {"runs", nlohmann::ordered_json::array()},
                                 {"notes", campaign.notes},
                                 {"interrupted", interrupted}};
  for (const Result& result : results) {
    json["runs"].push_back(run_entry(result.config, result.report));
    json["runs"].back()["unseen"] = unseen_by(result.config);
    const std::string next = next_command(result.config, result.report);
    json["runs"].back()["next"] =
        next.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(next);
  }
  return json;
}

}  // namespace

void judge(const RunConfig& config, RunReport& report) {
  if (report.verdict != Verdict::pass) return;
  std::string doubt = doubt_of(config, report).text;
  if (doubt.empty()) return;
  report.verdict = Verdict::unknown;
  report.reason = std::move(doubt);
}

std::string next_command(const RunConfig& config, const RunReport& report) {
  if (report.verdict != Verdict::unknown) return {};
  if (report.reason == "interrupted") return replay_command(config);
  const Doubt doubt = doubt_of(config, report);
  if (doubt.text.empty() || report.reason != doubt.text) return {};
  const auto time = enough_time(report.seconds, doubt.times, 1);
  if (!time) return {};
  RunConfig next = config;
  next.budget = std::max(*time, config.budget);
  return replay_command(next);
}

int run_campaign(const CampaignConfig& campaign, const std::atomic<bool>& stop) {
  ReportFolder report_folder(campaign.report);
  for (const std::string& note : campaign.notes) print_error(fmt::format("note: {}\n", note));
  ProgressLine line(campaign.runs, campaign.progress_json);
  std::vector<Result> results;
  for (const RunConfig& config : campaign.runs) {
    if (stop.load(std::memory_order_relaxed)) break;
    line.start(results.size());
    RunReport report = run_in_child(
        config, make_run, [&line](const Progress& progress) { line.update(progress); }, stop);
    judge(config, report);
    line.finish(report);
    results.push_back({config, std::move(report)});
  }
  line.clear();
  const auto json = to_json(results, campaign, stop.load(std::memory_order_relaxed));
  print_result(campaign.json ? json_text(json)
                             : printable(table(results) + unseen(results) + failures(results) +
                                         summary(results, campaign)));
  return finish_report(report_folder, json, status_of(results, campaign));
}

}  // namespace poolproof
