#include "run_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/base/text.hpp"

namespace poolproof {

namespace {

constexpr std::string_view verdict_names[] = {"PASS", "FAIL", "UNKNOWN"};

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict_names[static_cast<std::size_t>(verdict)];
}

void to_json(nlohmann::json& json, const RunReport& report) {
  json = {{"verdict", static_cast<int>(report.verdict)},
          {"reason", report.reason},
          {"failures", report.failures},
          {"pairs", report.pairs},
          {"seconds", report.seconds},
          {"rests", report.rests},
          {"aba_windows", report.aba_windows},
          {"recycles", report.recycles},
          {"claims", report.claims},
          {"grows", report.grows},
          {"exhaustions", report.exhaustions},
          {"delays", report.delays},
          {"latency",
           {report.latency.calls, report.latency.p50, report.latency.p99, report.latency.p999,
            report.latency.most}}};
  if (report.failure) {
    json["failure"] = {{"oracle", report.failure->oracle},
                       {"message", report.failure->message},
                       {"seconds", report.failure->seconds}};
  }
}

void from_json(const nlohmann::json& json, RunReport& report) {
  report.verdict = static_cast<Verdict>(json.at("verdict").get<int>());
  json.at("reason").get_to(report.reason);
  json.at("failures").get_to(report.failures);
  json.at("pairs").get_to(report.pairs);
  json.at("seconds").get_to(report.seconds);
  json.at("rests").get_to(report.rests);
  json.at("aba_windows").get_to(report.aba_windows);
  json.at("recycles").get_to(report.recycles);
  json.at("claims").get_to(report.claims);
  json.at("grows").get_to(report.grows);
  json.at("exhaustions").get_to(report.exhaustions);
  json.at("delays").get_to(report.delays);
  const auto& latency = json.at("latency");
  report.latency = {latency.at(0), latency.at(1), latency.at(2), latency.at(3), latency.at(4)};
  if (json.contains("failure")) {
    const auto& failure = json.at("failure");
    report.failure = Failure{failure.at("oracle"), failure.at("message"), failure.at("seconds")};
  }
}

std::string replay_command(const RunConfig& config) {
  return fmt::format(
      "{} stress -a {} -s {} -t {} -b {} --seed {} --blocks {} --block-size {} --chaos {}",
      program_name(), config.allocator, config.scenario, config.threads,
      format_duration(config.budget), config.seed, config.blocks, config.block_size,
      format_chaos(config.chaos_one_in));
}

nlohmann::ordered_json run_entry(const RunConfig& config, const RunReport& report) {
  nlohmann::ordered_json entry = {
      {"allocator", config.allocator},
      {"scenario", config.scenario},
      {"engine", "stress"},
      {"verdict", name_of(report.verdict)},
      {"seed", config.seed},
      {"threads", config.threads},
      {"blocks", config.blocks},
      {"block_size", config.block_size},
      {"chaos", format_chaos(config.chaos_one_in)},
      {"pairs", report.pairs},
      {"seconds", report.seconds},
      {"pairs_per_second",
       report.seconds > 0 ? static_cast<double>(report.pairs) / report.seconds : 0.0},
      {"aba_windows", report.aba_windows},
      {"recycles", report.recycles},
      {"claims", report.claims},
      {"grows", report.grows},
      {"exhaustions", report.exhaustions},
      {"rests", report.rests},
      {"delays", report.delays},
      {"latency_ns", nullptr},
      {"failures", report.failures},
      {"reason", nullptr},
      {"failure", nullptr}};
  if (report.latency.calls != 0) {
    entry["latency_ns"] = {{"calls", report.latency.calls},
                           {"p50", report.latency.p50},
                           {"p99", report.latency.p99},
                           {"p999", report.latency.p999},
                           {"max", report.latency.most}};
  }
  if (!report.reason.empty()) entry["reason"] = report.reason;
  if (report.failure) {
    entry["failure"] = {{"oracle", report.failure->oracle},
                        {"message", report.failure->message},
                        {"seconds_to_failure", report.failure->seconds},
                        {"replay", replay_command(config)}};
  }
  return entry;
}

}  // namespace poolproof
