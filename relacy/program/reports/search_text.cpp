#include "search_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/base/text.hpp"

namespace poolproof {

std::string counted(std::uint64_t n, const char* noun) {
  return fmt::format("{} {}{}", format_count(static_cast<double>(n)), noun, n == 1 ? "" : "s");
}

std::string scope_text(const Scope& scope) {
  return fmt::format("{}, {}, {}", counted(scope.actors, "actor"), counted(scope.blocks, "block"),
                     counted(scope.rounds, "round"));
}

std::string search_text(const CheckSearch& search) {
  switch (search.kind) {
    case CheckSearch::Kind::pct:
      return fmt::format("pct (depth {})", search.bound);
    case CheckSearch::Kind::departures:
      return fmt::format("departures (at most {})", search.bound);
    case CheckSearch::Kind::preemptions:
      return fmt::format("preemptions (at most {})", search.bound);
    case CheckSearch::Kind::exhaustive:
      return fmt::format("exhaustive (at most {}, each actor)",
                         counted(search.bound, "spurious CAS failure"));
    default:
      return format_search(search);
  }
}

std::string share_text(const CheckConfig& config, const CheckReport& report) {
  if (report.exhausted) return "all";
  if (!config.search.is_systematic()) {
    std::string text = "-";
    for (const CheckSearched& searched : report.searched) {
      if (searched.search.kind == CheckSearch::Kind::departures && searched.exhausted) {
        text = fmt::format("to {}", searched.search.bound);
      }
    }
    return text;
  }
  // Rounded down, so that it never looks like all; the estimate may err upwards.
  const double percent = std::clamp(report.share, 0.0, 0.9999) * 100;
  if (!(percent >= 0.01)) return "<0.01 %";
  const int decimals = percent < 1 ? 2 : percent < 10 || percent >= 99 ? 1 : 0;
  const double unit = std::pow(10.0, decimals);
  return fmt::format("{:.{}f} %", std::floor(percent * unit) / unit, decimals);
}

namespace {

std::string chance_text(double chance) {
  if (chance < 1e-99) return "0";
  if (chance < 0.001) return fmt::format("{:.0e}", chance);
  return fmt::format("{:.{}f} %", chance * 100, chance < 0.01 ? 2 : chance < 0.1 ? 1 : 0);
}

}  // namespace

// A search of all executions has missed none, and one more would show no new end.
std::string missed_text(const CheckReport& report) {
  if (report.exhausted) return chance_text(0);
  const CheckSearched* shown = nullptr;
  for (const CheckSearched& searched : report.searched) {
    const bool is_pct = searched.search.kind == CheckSearch::Kind::pct;
    if (is_pct && (shown == nullptr || searched.search.bound == 3)) shown = &searched;
  }
  return shown == nullptr ? "-" : chance_text(shown->missed());
}

std::string new_end_text(const CheckReport& report) {
  if (report.exhausted) return chance_text(0);
  const EndStateCount& count = report.end_states;
  return count.executions == 0 ? "-" : chance_text(count.chance_of_new());
}

std::string rest_text(const CheckReport& report) {
  if (report.exhausted || report.share < 1e-9 || report.share >= 1 || rate(report) <= 0) return {};
  const double left = static_cast<double>(report.systematic) * (1 / report.share - 1);
  const double seconds = left / rate(report);
  const std::string time = seconds < 120     ? fmt::format("{:.0f} s", seconds)
                           : seconds < 7200  ? fmt::format("{:.0f} min", seconds / 60)
                           : seconds < 2e5   ? fmt::format("{:.0f} h", seconds / 3600)
                           : seconds < 3.2e9 ? fmt::format("{:.0f} days", seconds / 86400)
                                             : std::string("a century");
  return fmt::format(", about {} executions and {} left", format_count(left), time);
}

double rate(const CheckReport& report) {
  const auto executions = static_cast<double>(report.executions - report.earlier);
  return report.seconds > 0 ? executions / report.seconds : 0;
}

std::string again(const CheckConfig& config, const CheckFailure& failure) {
  return failure.token.empty() ? check_command(config)
                               : program_name() + " replay " + failure.token +
                                     (config.arguments.empty() ? "" : " -- " + config.arguments);
}

}  // namespace poolproof
