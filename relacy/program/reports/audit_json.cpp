// Results of audits as JSON.
#include <nlohmann/json.hpp>

#include "audit_report.hpp"
#include "harness/base/text.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "json_parts.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of_verdict(AuditSite::Verdict verdict) {
  switch (verdict) {
    case AuditSite::Verdict::needed:
      return "needed";
    case AuditSite::Verdict::not_shown:
      return "not_shown_needed";
    case AuditSite::Verdict::relaxed:
      return "relaxed";
    case AuditSite::Verdict::not_reached:
      return "not_reached";
    case AuditSite::Verdict::cure:
      return "cure";
    case AuditSite::Verdict::no_cure:
      return "no_cure";
    case AuditSite::Verdict::not_tried:
      break;
  }
  return "not_tried";
}

Json failure_entry(const CheckFailure& failure, const std::string& scenario) {
  return {{"scenario", scenario},
          {"oracle", failure.oracle},
          {"message", failure.message},
          {"story", text_or_null(failure.story)},
          {"executions", failure.executions},
          {"token", text_or_null(failure.token)},
          {"replay",
           failure.token.empty() ? Json() : Json(program_name() + " replay " + failure.token)},
          {"trace", trace_of(failure)}};
}

Json trial_entry(const AuditTrial& trial) {
  Json entry = {{"order", name_of(trial.order)},
                {"survived", !trial.failure.has_value()},
                {"executions", trial.executions},
                {"seconds", trial.seconds},
                {"search", nullptr},
                {"failure", nullptr}};
  if (trial.failure) {
    entry["search"] = format_search(trial.search);
    entry["failure"] = failure_entry(*trial.failure, trial.scenario);
  }
  return entry;
}

Json site_entry(const AuditSite& site) {
  Json entry = {
      {"file", site.source.place.file},           {"line", site.source.place.line},
      {"column", site.source.place.column},       {"number", text_or_null(site.source.number)},
      {"operation", site.source.operation},       {"written", name_of(site.source.written)},
      {"verdict", name_of_verdict(site.verdict)}, {"survivors", Json::array()},
      {"kept", text_or_null(site.kept)},          {"trials", Json::array()}};
  for (const std::memory_order order : site.survivors) {
    entry["survivors"].push_back(name_of(order));
  }
  for (const AuditTrial& trial : site.trials) entry["trials"].push_back(trial_entry(trial));
  return entry;
}

Json audit_entry(const AuditResult& result) {
  const auto& [config, report] = result;
  Json entry = {{"allocator", config.allocator},
                {"scenarios", config.scenarios},
                {"engine", "audit"},
                {"verdict", name_of(verdict_of(report))},
                {"seed", config.seed},
                {"actors", config.scope.actors},
                {"blocks", config.scope.blocks},
                {"rounds", config.scope.rounds},
                {"jobs", config.jobs},
                {"executions", report.executions},
                {"seconds", report.seconds},
                {"interrupted", report.interrupted},
                {"notes", report.notes},
                {"reason", text_or_null(report.empty)},
                {"failure", nullptr},
                {"sites", Json::array()}};
  if (report.failure) entry["failure"] = failure_entry(*report.failure, report.failing_scenario);
  for (const AuditSite& site : report.sites) entry["sites"].push_back(site_entry(site));
  return entry;
}

}  // namespace

Json audit_json(const AuditCampaign& campaign, const std::vector<AuditResult>& results) {
  Json json = {{"poolproof", version()},
               {"seed", campaign.seed},
               {"audits", Json::array()},
               {"notes", campaign.notes},
               {"interrupted", results.size() < campaign.audits.size()}};
  for (const AuditResult& result : results) json["audits"].push_back(audit_entry(result));
  return json;
}

}  // namespace poolproof
