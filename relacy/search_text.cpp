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
  if (search.kind != CheckSearch::Kind::bounded) return format_search(search);
  return fmt::format("bounded (at most {})", counted(search.preemptions, "preemption"));
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

double rate(const CheckReport& report) {
  return report.seconds > 0 ? static_cast<double>(report.executions) / report.seconds : 0;
}

std::string again(const CheckConfig& config, const CheckFailure& failure) {
  return failure.token.empty() ? check_command(config)
                               : program_name() + " replay " + failure.token;
}

}  // namespace poolproof
