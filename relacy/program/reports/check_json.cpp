// Results of model checks as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "check_report.hpp"
#include "harness/base/text.hpp"
#include "harness/check/doubt.hpp"
#include "harness/check/unseen.hpp"
#include "harness/report/report.hpp"
#include "harness/stress/run_json.hpp"
#include "json_parts.hpp"
#include "search_text.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

Json failure_entry(const CheckConfig& config, const CheckFailure& failure) {
  return {{"oracle", failure.oracle},
          {"message", failure.message},
          {"story", text_or_null(failure.story)},
          {"executions", failure.executions},
          {"search", format_search(failure.search)},
          {"seconds_to_failure", failure.seconds},
          {"shrink_seconds", failure.shrink_seconds},
          {"actors", failure.scope.actors},
          {"blocks", failure.scope.blocks},
          {"rounds", failure.scope.rounds},
          {"preemptions", failure.preemptions},
          {"events", failure.events},
          {"token", text_or_null(failure.token)},
          {"replay", again(config, failure)},
          {"trace", trace_of(failure)}};
}

Json searched_entry(const CheckSearched& searched) {
  Json entry = {{"search", format_search(searched.search)},
                {"executions", searched.executions},
                {"exhausted", searched.exhausted},
                {"share", nullptr},
                {"missed", nullptr}};
  if (searched.search.is_systematic()) entry["share"] = std::min(searched.share, 1.0);
  if (searched.search.kind == CheckSearch::Kind::pct) entry["missed"] = searched.missed();
  return entry;
}

Json end_states_entry(const EndStateCount& count) {
  if (count.executions == 0) return nullptr;
  return {{"executions", count.executions},
          {"distinct", count.distinct},
          {"once", count.once},
          {"chance_of_new", count.chance_of_new()}};
}

void add_outcome(Json& entry, const CheckResult& result) {
  entry["reason"] = text_or_null(result.report.reason);
  entry["failure"] =
      result.report.failure ? failure_entry(result.config, *result.report.failure) : Json();
}

Json check_entry(const CheckResult& result) {
  const auto& [config, report] = result;
  Json entry = {{"allocator", config.allocator},
                {"scenario", config.scenario},
                {"engine", "check"},
                {"verdict", name_of(report.verdict)},
                {"seed", config.seed},
                {"actors", config.scope.actors},
                {"blocks", config.scope.blocks},
                {"rounds", config.scope.rounds},
                {"search", format_search(config.search)},
                {"memory", config.memory == Memory::relacy ? "relacy" : "cpp20"},
                {"progress", config.lock_free},
                {"jobs", config.jobs},
                {"shard", fmt::format("{}/{}", config.shard, config.shards)},
                {"executions", report.executions},
                {"earlier", report.earlier},
                {"seconds", report.seconds},
                {"executions_per_second", rate(report)},
                {"exhausted", report.exhausted},
                {"share", nullptr},
                {"aba_windows", report.aba_windows},
                {"recycles", report.recycles},
                {"claims", report.claims},
                {"grows", report.grows},
                {"stopped", report.stopped}};
  if (config.search.is_systematic()) entry["share"] = std::min(report.share, 1.0);
  entry["searched"] = Json::array();
  for (const CheckSearched& searched : report.searched) {
    entry["searched"].push_back(searched_entry(searched));
  }
  entry["end_states"] = end_states_entry(report.end_states);
  entry["unseen"] = unseen_by(config, report);
  add_outcome(entry, result);
  const auto next = next_check(config, report);
  entry["next"] = next ? Json(check_command(*next)) : Json();
  return entry;
}

}  // namespace

Json check_json(const CheckCampaign& campaign, const std::vector<CheckResult>& results,
                bool interrupted) {
  Json json = {{"poolproof", version()},
               {"seed", campaign.seed},
               {"runs", Json::array()},
               {"notes", campaign.notes},
               {"interrupted", interrupted}};
  for (const CheckResult& result : results) json["runs"].push_back(check_entry(result));
  return json;
}

Json replay_json(const std::string& token, const CheckResult& result) {
  const auto& [config, report] = result;
  Json json = {{"allocator", config.allocator},
               {"scenario", config.scenario},
               {"engine", "replay"},
               {"verdict", name_of(report.verdict)},
               {"actors", config.scope.actors},
               {"blocks", config.scope.blocks},
               {"rounds", config.scope.rounds},
               {"change", config.change ? Json(change_text(*config.change)) : Json()},
               {"token", token}};
  add_outcome(json, result);
  if (report.failure) {
    json["failure"]["token"] = token;
    json["failure"]["replay"] = program_name() + " replay " + token;
  }
  return json;
}

}  // namespace poolproof
