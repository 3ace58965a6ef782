#include "model_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "doubt.hpp"
#include "harness/base/text.hpp"

namespace poolproof {

namespace {

struct SearchName {
  std::string_view name;
  CheckSearch::Kind kind;
  std::uint32_t least = 1;  // the smallest bound; above most if the search has none
  std::uint32_t most = 0;
  std::optional<std::uint32_t> usual{};  // the bound that is meant if none is given
};
using Kind = CheckSearch::Kind;
constexpr SearchName search_names[] = {
    {"random", Kind::random},
    {"walk", Kind::walk},
    {"pos", Kind::pos},
    {"selective", Kind::selective},
    {"handover", Kind::handover},
    {"pct", Kind::pct, 1, 20},
    {"departures", Kind::departures, 0, 100},
    {"preemptions", Kind::preemptions, 0, 100},
    {"exhaustive", Kind::exhaustive, 0, 9, 1},
    {"interleavings", Kind::interleavings},
    {"auto", Kind::automatic},
};

}  // namespace

bool is_possible(const Scope& scope) {
  const auto within = [](std::uint32_t n, std::uint32_t least, std::uint32_t most) {
    return n >= least && n <= most;
  };
  return within(scope.actors, Scope::least_actors, Scope::most_actors) &&
         within(scope.blocks, 1, Scope::most_blocks) && within(scope.rounds, 1, Scope::most_rounds);
}

std::optional<CheckSearch> parse_search(const std::string& text) {
  for (const SearchName& known : search_names) {
    const bool has_bound = known.least <= known.most;
    if (text == known.name && (!has_bound || known.usual)) {
      return CheckSearch{known.kind, known.usual.value_or(0)};
    }
    if (!has_bound || !text.starts_with(known.name)) continue;
    const std::string_view rest = std::string_view(text).substr(known.name.size());
    if (rest.empty() || rest.front() != ':') continue;
    CheckSearch search{known.kind, 0};
    const char* end = rest.data() + rest.size();
    const auto parsed = std::from_chars(rest.data() + 1, end, search.bound);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    if (search.bound < known.least || search.bound > known.most) return std::nullopt;
    return search;
  }
  return std::nullopt;
}

std::string format_search(const CheckSearch& search) {
  for (const SearchName& known : search_names) {
    if (known.kind != search.kind) continue;
    return known.least <= known.most ? fmt::format("{}:{}", known.name, search.bound)
                                     : std::string(known.name);
  }
  return {};
}

std::optional<std::string> renamed_search(const std::string& text) {
  const std::string bounded = "bounded:";
  if (text == "full") return "interleavings";
  if (!text.starts_with(bounded)) return std::nullopt;
  const std::string now = "preemptions:" + text.substr(bounded.size());
  return parse_search(now) ? std::optional(now) : std::nullopt;
}

std::string program_command(const CheckConfig& config) {
  std::string command = fmt::format("{} program {} --search {} -b {} --seed {} --jobs {}",
                                    program_name(), config.allocator, format_search(config.search),
                                    format_duration(config.budget), config.seed, config.jobs);
  if (config.executions != 0) command += fmt::format(" --executions {}", config.executions);
  if (config.memory == Memory::relacy) command += " --memory relacy";
  if (config.shards != 1) command += fmt::format(" --shard {}/{}", config.shard, config.shards);
  for (const std::string& option : config.options) command += ' ' + option;
  return config.arguments.empty() ? command : command + " -- " + config.arguments;
}

std::string check_command(const CheckConfig& config) {
  if (config.scenario == program_scenario) return program_command(config);
  std::string command = fmt::format(
      "{} check -a {} -s {} --actors {} --blocks {} --rounds {} --search {} -b {} --seed {} --jobs "
      "{}",
      program_name(), config.allocator, config.scenario, config.scope.actors, config.scope.blocks,
      config.scope.rounds, format_search(config.search), format_duration(config.budget),
      config.seed, config.jobs);
  if (config.memory == Memory::relacy) command += " --memory relacy";
  if (config.lock_free) command += " --lock-free";
  if (config.shrink_limit == Nanoseconds(0)) command += " --no-shrink";
  if (config.executions != 0) command += fmt::format(" --executions {}", config.executions);
  if (config.shards != 1) command += fmt::format(" --shard {}/{}", config.shard, config.shards);
  return command;
}

// Code that does what the check of code as it is cannot do is neither proved right nor wrong by
// that: the verdict is UNKNOWN.
void take_back_unsupported(CheckReport& report) {
  if (!report.failure || report.failure->oracle != "unsupported") return;
  report.verdict = Verdict::unknown;
  report.reason = report.failure->message;
  report.failure.reset();
}

void judge_check(const CheckConfig& config, CheckReport& report) {
  take_back_unsupported(report);
  if (report.verdict != Verdict::pass) return;
  std::string doubt = doubt_of(config, report).text;
  if (doubt.empty()) return;
  report.verdict = Verdict::unknown;
  report.reason = std::move(doubt);
}

}  // namespace poolproof
