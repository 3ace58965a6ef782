#include "selftest_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/exit_status.hpp"
#include "harness/base/output.hpp"
#include "harness/base/text.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "json_parts.hpp"
#include "search_text.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;
using Mutant = SelftestMutant::Verdict;

constexpr const char* mutant_row = "{:<34} {:<12} {:<8} {:<19}  {}\n";

std::string mutation_text(const OrderChange& change) {
  return change.in_two ? "a load and a store" : std::string(name_of(change.order));
}

std::string_view name_of(Mutant verdict) {
  switch (verdict) {
    case Mutant::killed:
      return "killed";
    case Mutant::survived:
      return "survived";
    case Mutant::equivalent:
      return "equivalent";
    case Mutant::not_reached:
      return "not_reached";
    case Mutant::not_tried:
      break;
  }
  return "not_tried";
}

std::string verdict_text(const SelftestMutant& mutant) {
  switch (mutant.verdict) {
    case Mutant::killed:
      return fmt::format("killed under {}: {}, after {}", mutant.scenario, mutant.failure->oracle,
                         counted(mutant.failure->executions, "execution"));
    case Mutant::survived:
      return fmt::format("SURVIVED {}", counted(mutant.executions, "execution"));
    case Mutant::equivalent:
      return fmt::format("equivalent within the scope: {}, all there are",
                         counted(mutant.executions, "execution"));
    case Mutant::not_reached:
      return "NOT REACHED by any execution";
    case Mutant::not_tried:
      break;
  }
  return "not tried";
}

std::string rows(const SelftestReport& report) {
  std::string text = fmt::format(mutant_row, "where", "operation", "written", "mutant", "verdict");
  for (const SelftestMutant& mutant : report.mutants) {
    text += fmt::format(mutant_row, place_text(mutant.source.place), mutant.source.operation,
                        poolproof::name_of(mutant.source.written), mutation_text(mutant.change),
                        verdict_text(mutant));
    if (mutant.verdict == Mutant::killed || mutant.kept.empty() || mutant.change.in_two) continue;
    for (const std::string& line : wrapped("kept: " + mutant.kept, 96, 6)) {
      text += fmt::format("    {}\n", line);
    }
  }
  return text;
}

std::string summary(const SelftestReport& report) {
  std::string text =
      fmt::format("{} of {} mutants killed", report.count(Mutant::killed), report.mutants.size());
  const auto add = [&](Mutant verdict, const char* what) {
    if (const auto count = report.count(verdict)) text += fmt::format(", {} {}", count, what);
  };
  add(Mutant::equivalent, "equivalent within the scope");
  add(Mutant::survived, "survived");
  add(Mutant::not_reached, "not reached");
  add(Mutant::not_tried, "not tried");
  return fmt::format("{}: score {} %; {} in {:.0f} s{}\n", text, report.score(),
                     counted(report.executions, "execution"), report.seconds,
                     report.interrupted ? "; interrupted" : "");
}

std::string text_of(const SelftestResult& result, std::uint32_t least) {
  const auto& [config, report] = result;
  const CheckConfig& check = config.check;
  std::string text = fmt::format(
      "{} {} under {}\nscope: {}; {} search, {} for each mutant and scenario, seed {}; {}\n\n",
      poolproof::name_of(verdict_of(report, least)), check.allocator,
      fmt::join(config.scenarios, ", "), scope_text(check.scope), search_text(check.search),
      format_duration(check.budget), check.seed, counted(check.jobs, "job"));
  if (report.failure) {
    text += fmt::format("under {}: {}\n  {}\n\n", report.failing_scenario, report.failure->oracle,
                        report.failure->message);
  } else if (!report.mutants.empty()) {
    text += rows(report) + '\n';
  }
  for (const std::string& note : report.notes) text += fmt::format("note: {}\n", note);
  const std::string reason = selftest_reason(report, least);
  if (!reason.empty()) text += reason + '\n';
  return report.failure || report.mutants.empty() ? text : text + summary(report);
}

Json mutant_entry(const SelftestMutant& mutant) {
  const OrderPlace& place = mutant.source.place;
  Json entry = {
      {"file", place.file},
      {"line", place.line},
      {"column", place.column},
      {"operation", mutant.source.operation},
      {"written", poolproof::name_of(mutant.source.written)},
      {"mutant", mutant.change.in_two ? "load_and_store" : poolproof::name_of(mutant.change.order)},
      {"verdict", name_of(mutant.verdict)},
      {"kept", text_or_null(mutant.kept)},
      {"executions", mutant.executions},
      {"seconds", mutant.seconds},
      {"failure", nullptr}};
  if (mutant.failure) {
    entry["failure"] = {{"scenario", mutant.scenario},
                        {"oracle", mutant.failure->oracle},
                        {"message", mutant.failure->message},
                        {"executions", mutant.failure->executions},
                        {"token", text_or_null(mutant.failure->token)}};
  }
  return entry;
}

Json entry_of(const SelftestResult& result, std::uint32_t least) {
  const auto& [config, report] = result;
  Json entry = {{"allocator", config.check.allocator},
                {"scenarios", config.scenarios},
                {"engine", "selftest"},
                {"verdict", poolproof::name_of(verdict_of(report, least))},
                {"reason", text_or_null(selftest_reason(report, least))},
                {"score", report.score()},
                {"killed", report.count(Mutant::killed)},
                {"equivalent", report.count(Mutant::equivalent)},
                {"search", format_search(config.check.search)},
                {"seed", config.check.seed},
                {"executions", report.executions},
                {"seconds", report.seconds},
                {"interrupted", report.interrupted},
                {"notes", report.notes},
                {"mutants", Json::array()}};
  for (const SelftestMutant& mutant : report.mutants) {
    entry["mutants"].push_back(mutant_entry(mutant));
  }
  return entry;
}

}  // namespace

std::string selftest_reason(const SelftestReport& report, std::uint32_t least) {
  if (report.failure) return "it fails as it is written, so nothing can be planted into it";
  if (report.interrupted) return "interrupted";
  if (!report.empty.empty()) return report.empty;
  if (!report.unknown.empty()) return "nothing is known of it: " + report.unknown;
  const std::size_t reached = report.mutants.size() - report.count(Mutant::not_reached);
  if (reached == 0) return nothing_instrumented;
  if (report.score() < least) {
    return fmt::format("the checks kill {} % of the mutants, and {} % are wanted", report.score(),
                       least);
  }
  return {};
}

Verdict verdict_of(const SelftestReport& report, std::uint32_t least) {
  if ((report.interrupted || !report.unknown.empty()) && !report.failure) return Verdict::unknown;
  return selftest_reason(report, least).empty() ? Verdict::pass : Verdict::fail;
}

void leave_out_empty(SelftestCampaign& campaign, std::vector<SelftestResult>& results) {
  if (campaign.named) return;
  for (std::size_t i = results.size(); i-- != 0;) {
    const SelftestReport& report = results[i].report;
    if (report.failure || report.interrupted || !report.mutants.empty()) continue;
    campaign.notes.push_back(
        fmt::format("{} makes no atomic operation", results[i].config.check.allocator));
    const auto at = static_cast<std::ptrdiff_t>(i);
    results.erase(results.begin() + at);
    campaign.selftests.erase(campaign.selftests.begin() + at);
  }
}

std::string selftest_text(const SelftestCampaign& campaign,
                          const std::vector<SelftestResult>& results) {
  std::string text;
  for (const SelftestResult& result : results) {
    if (!text.empty()) text += '\n';
    text += text_of(result, campaign.least);
  }
  if (results.size() < campaign.selftests.size()) {
    text += fmt::format("interrupted: {} of {} selftests were not made\n",
                        campaign.selftests.size() - results.size(), campaign.selftests.size());
  }
  return text;
}

Json selftest_json(const SelftestCampaign& campaign, const std::vector<SelftestResult>& results) {
  Json json = {
      {"poolproof", version()},  {"seed", campaign.seed},
      {"least", campaign.least}, {"selftests", Json::array()},
      {"notes", campaign.notes}, {"interrupted", results.size() < campaign.selftests.size()}};
  for (const SelftestResult& result : results) {
    json["selftests"].push_back(entry_of(result, campaign.least));
  }
  return json;
}

int print_selftest(const SelftestCampaign& campaign, const std::vector<SelftestResult>& results) {
  print_result(campaign.json ? json_text(selftest_json(campaign, results))
                             : printable(selftest_text(campaign, results)));
  bool all = results.size() == campaign.selftests.size();
  for (const SelftestResult& result : results) {
    const Verdict verdict = verdict_of(result.report, campaign.least);
    if (verdict == Verdict::fail) return some_fail;
    all = all && verdict == Verdict::pass;
  }
  return all ? all_pass : some_unknown;
}

}  // namespace poolproof
