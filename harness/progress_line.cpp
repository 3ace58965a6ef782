#include "progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "run_json.hpp"
#include "text.hpp"

namespace poolproof {

namespace {

constexpr double plain_interval = 10;  // seconds
constexpr const char* erase_line = "\r\x1b[K";

double seconds(Nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

ProgressLine::ProgressLine(const std::vector<RunConfig>& runs)
    : runs_(runs), live_(isatty(STDERR_FILENO) != 0) {}

void ProgressLine::start(std::size_t run) {
  run_ = run;
  next_plain_ = plain_interval;
  if (live_) print_error(fmt::format("{}{}", erase_line, head()));
}

void ProgressLine::update(const Progress& now) {
  if (!live_ && now.seconds < next_plain_) return;
  next_plain_ += plain_interval;
  double left = std::max(0.0, seconds(runs_[run_].budget) - now.seconds);
  for (std::size_t i = run_ + 1; i < runs_.size(); ++i) left += seconds(runs_[i].budget);
  const double rate = now.seconds > 0 ? static_cast<double>(now.pairs) / now.seconds : 0;
  const std::string text = fmt::format("{}  {} pairs/s  {:.0f} s, {:.0f} s left in all", head(),
                                       format_count(rate), now.seconds, left);
  if (live_) {
    print_error(fmt::format("{}{}", erase_line, text));
  } else {
    print_error(fmt::format("{}\n", text));
  }
}

void ProgressLine::finish(const RunReport& report) {
  if (live_) return;
  const double rate = report.seconds > 0 ? static_cast<double>(report.pairs) / report.seconds : 0;
  print_error(fmt::format("{}  {} pairs/s  {:.1f} s  {}\n", head(), format_count(rate),
                          report.seconds, name_of(report.verdict)));
}

void ProgressLine::clear() {
  if (live_) print_error(fmt::format("{}", erase_line));
}

std::string ProgressLine::head() const {
  return fmt::format("[{}/{}] {} {}", run_ + 1, runs_.size(), runs_[run_].allocator,
                     runs_[run_].scenario);
}

}  // namespace poolproof
