#include "audit_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "harness/base/output.hpp"
#include "harness/base/table.hpp"
#include "harness/base/text.hpp"
#include "harness/campaign/campaign.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "search_text.hpp"

namespace poolproof {

namespace {

using Site = AuditSite::Verdict;

// A place, its number, and what the order there is. Where the terminal is too narrow for one line,
// there are two.
constexpr std::size_t wide = 100;
std::string row(std::string_view where, std::string_view number, std::string_view operation,
                std::string_view written, std::string_view weakest, std::string_view verdict) {
  const char* const parts = line_width() >= wide ? "{:<36} {:<6} {:<12} {:<8} {:<8}  {}\n"
                                                 : "{} {}\n  {:<12} {:<8} {:<8}  {}\n";
  return fmt::format(fmt::runtime(parts), where, number, operation, written, weakest, verdict);
}

std::string orders_text(const std::vector<std::memory_order>& orders, const char* none) {
  std::string text;
  for (const std::memory_order order : orders) {
    if (!text.empty()) text += " or ";
    text += name_of(order);
  }
  return text.empty() ? none : text;
}

// The trial that comes nearest to what is written: where that fails, all weaker ones do.
const AuditTrial* strongest_failure(const AuditSite& site) {
  const auto failed = [](const AuditTrial& trial) { return trial.failure.has_value(); };
  const auto found = std::find_if(site.trials.rbegin(), site.trials.rend(), failed);
  return found == site.trials.rend() ? nullptr : &*found;
}

std::uint64_t survived(const AuditSite& site) {
  std::uint64_t executions = ~std::uint64_t{0};
  for (const AuditTrial& trial : site.trials) {
    if (!trial.failure) executions = std::min(executions, trial.executions);
  }
  return executions;
}

std::string verdict_text(const AuditSite& site) {
  switch (site.verdict) {
    case Site::needed:
      return "needed";
    case Site::relaxed:
      return "relaxed as written";
    case Site::not_reached:
      return "not reached";
    case Site::not_shown:
      return fmt::format("not shown needed in {}{}", counted(survived(site), "execution"),
                         site.kept.empty() ? "" : "; kept");
    case Site::cure:
      return fmt::format("{} cures it: {} without a failure", orders_text(site.survivors, ""),
                         counted(survived(site), "execution"));
    case Site::no_cure:
      return "no cure";
    case Site::not_tried:
      break;
  }
  return "not tried";
}

// The weakest order of which no failure is known: what is written, unless one survived.
std::string weakest_text(const AuditSite& site) {
  const Site verdict = site.verdict;
  if (verdict == Site::not_reached || verdict == Site::not_tried || verdict == Site::no_cure) {
    return "-";
  }
  return site.survivors.empty() ? std::string(name_of(site.source.written))
                                : orders_text(site.survivors, "");
}

std::string site_rows(const AuditSite& site) {
  const SourceOrder& source = site.source;
  std::string text =
      row(place_text(source.place), source.number.empty() ? "" : '(' + source.number + ')',
          source.operation, name_of(source.written), weakest_text(site), verdict_text(site));
  const AuditTrial* trial = strongest_failure(site);
  if (site.verdict != Site::needed && site.verdict != Site::not_shown) trial = nullptr;
  if (trial != nullptr) {
    text +=
        fmt::format("    {} fails under {}: {}, after {}\n", name_of(trial->order), trial->scenario,
                    trial->failure->oracle, counted(trial->failure->executions, "execution"));
    if (!trial->failure->token.empty()) {
      text += fmt::format("    {} replay {}\n", program_name(), trial->failure->token);
    }
  }
  if (site.verdict == Site::not_shown && !site.kept.empty()) {
    for (const std::string& line :
         wrapped("kept: " + site.kept, std::min<std::size_t>(line_width() - 4, 96), 6)) {
      text += fmt::format("    {}\n", line);
    }
  }
  return text;
}

std::size_t count(const AuditReport& report, Site verdict) {
  return static_cast<std::size_t>(
      std::count_if(report.sites.begin(), report.sites.end(),
                    [&](const AuditSite& site) { return site.verdict == verdict; }));
}

std::string cures_text(const AuditReport& report) {
  const std::size_t cures = count(report, Site::cure);
  if (cures == 0) return "no single stronger order cures it";
  return cures == 1 ? std::string("one stronger order cures it")
                    : fmt::format("any one of {} stronger orders cures it", cures);
}

std::string summary(const AuditReport& report) {
  std::string text;
  if (!report.empty.empty()) {
    text = report.empty;
  } else if (report.failure) {
    text = cures_text(report);
  } else if (report.sites.empty()) {
    text = "it makes no atomic operation: there is nothing to audit";
  } else {
    text = fmt::format("{} orders: {} needed, {} not shown needed, {} not reached, {} relaxed",
                       report.sites.size(), count(report, Site::needed),
                       count(report, Site::not_shown), count(report, Site::not_reached),
                       count(report, Site::relaxed));
    if (const auto open = count(report, Site::not_tried))
      text += fmt::format(", {} not tried", open);
  }
  return fmt::format("{}; {} in {:.0f} s{}\n", text, counted(report.executions, "execution"),
                     report.seconds, report.interrupted ? "; interrupted" : "");
}

std::string audit_text(const AuditResult& result) {
  const auto& [config, report] = result;
  std::string text =
      fmt::format("{} {} under {}\nscope: {}; random and preemptions:3 searches, seed {}; {}\n\n",
                  name_of(verdict_of(report)), config.allocator, fmt::join(config.scenarios, ", "),
                  scope_text(config.scope), config.seed, counted(config.jobs, "job"));
  text = fitted(text, line_width());
  if (report.failure) {
    text += fmt::format(
        "as it is written it fails under {}: {}, after {}\n  {}\n{}\nwould a stronger order, at "
        "one place, cure it?\n\n",
        report.failing_scenario, report.failure->oracle,
        counted(report.failure->executions, "execution"), report.failure->message,
        report.failure->token.empty()
            ? ""
            : fmt::format("  {} replay {}\n", program_name(), report.failure->token));
  }
  if (!report.sites.empty()) {
    text += row("where", "number", "operation", "written", report.failure ? "cure" : "weakest",
                "verdict");
  }
  for (const AuditSite& site : report.sites) text += site_rows(site);
  if (!report.sites.empty()) text += '\n';
  for (const std::string& note : report.notes) text += fmt::format("note: {}\n", note);
  return text + fitted(summary(report), line_width());
}

}  // namespace

Verdict verdict_of(const AuditReport& report) {
  if (report.failure || !report.empty.empty()) return Verdict::fail;
  const auto open = [](const AuditSite& site) {
    return site.verdict == Site::not_reached || site.verdict == Site::not_tried ||
           (site.verdict == Site::not_shown && site.kept.empty());
  };
  const bool unknown = report.interrupted || !report.notes.empty() ||
                       std::any_of(report.sites.begin(), report.sites.end(), open);
  return unknown ? Verdict::unknown : Verdict::pass;
}

std::string audit_text(const AuditCampaign& campaign, const std::vector<AuditResult>& results) {
  std::string text;
  for (const AuditResult& result : results) {
    if (!text.empty()) text += '\n';
    text += audit_text(result);
  }
  if (results.size() < campaign.audits.size()) {
    text += fmt::format("interrupted: {} of {} audits were not made\n",
                        campaign.audits.size() - results.size(), campaign.audits.size());
  }
  return text;
}

int print_audit(const AuditCampaign& campaign, const std::vector<AuditResult>& results,
                const nlohmann::ordered_json& json) {
  print_result(campaign.json ? json_text(json) : printable(audit_text(campaign, results)));
  bool all = results.size() == campaign.audits.size();
  for (const AuditResult& result : results) {
    if (verdict_of(result.report) == Verdict::fail) return some_fail;
    all = all && verdict_of(result.report) == Verdict::pass;
  }
  return all ? all_pass : some_unknown;
}

}  // namespace poolproof
