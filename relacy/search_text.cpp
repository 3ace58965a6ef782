#include "search_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/text.hpp"

namespace poolproof {

std::string counted(std::uint64_t n, const char* noun) {
  return fmt::format("{} {}{}", format_count(static_cast<double>(n)), noun, n == 1 ? "" : "s");
}

std::string shape_text(const CheckShape& shape) {
  return fmt::format("{}, {}, {}", counted(shape.actors, "actor"), counted(shape.blocks, "block"),
                     counted(shape.rounds, "round"));
}

std::string search_text(const CheckSearch& search) {
  switch (search.kind) {
    case CheckSearch::Kind::pct:
      return fmt::format("pct (depth {})", search.bound);
    case CheckSearch::Kind::bounded:
      return fmt::format("bounded (at most {})", counted(search.bound, "preemption"));
    case CheckSearch::Kind::exhaustive:
      return fmt::format("exhaustive (at most {} for nothing, each actor)",
                         counted(search.bound, "CAS failure"));
    default:
      return format_search(search);
  }
}

std::string share_text(const CheckReport& report) {
  if (report.exhausted) return "all";
  // Rounded down, so that it never looks like all; the estimate may err upwards.
  const double percent = std::clamp(report.share, 0.0, 0.9999) * 100;
  if (!(percent >= 0.01)) return "<0.01 %";
  const int decimals = percent < 1 ? 2 : percent < 10 || percent >= 99 ? 1 : 0;
  const double unit = std::pow(10.0, decimals);
  return fmt::format("{:.{}f} %", std::floor(percent * unit) / unit, decimals);
}

std::string rest_text(const CheckReport& report) {
  if (report.exhausted || report.share < 1e-9 || report.share >= 1 || rate(report) <= 0) return {};
  const double left = static_cast<double>(report.executions) * (1 / report.share - 1);
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
                               : program_name() + " replay " + failure.token;
}

}  // namespace poolproof
