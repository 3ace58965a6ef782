#include "progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.hpp"
#include "harness/stress/run_json.hpp"

namespace poolproof {

ProgressLine::ProgressLine(const std::vector<RunConfig>& runs, bool json) : runs_(runs) {
  if (json) json_.emplace("stress", progress_runs(runs));
}

void ProgressLine::start(std::size_t run) {
  run_ = run;
  if (json_) return json_->start(run);
  line_.start(head());
}

void ProgressLine::update(const Progress& now) {
  if (json_) {
    if (json_->due(now.seconds)) json_->update("running", now.seconds, {{"pairs", now.pairs}});
    return;
  }
  if (!line_.due(now.seconds)) return;
  double left = std::max(0.0, in_seconds(runs_[run_].budget) - now.seconds);
  for (std::size_t i = run_ + 1; i < runs_.size(); ++i) left += in_seconds(runs_[i].budget);
  const double rate = now.seconds > 0 ? static_cast<double>(now.pairs) / now.seconds : 0;
  line_.update(fmt::format("{}  {} pairs/s  {:.0f} s, {:.0f} s left in all", head(),
                           format_count(rate), now.seconds, left));
}

void ProgressLine::finish(const RunReport& report) {
  if (json_)
    return json_->finish(report.seconds, name_of(report.verdict), {{"pairs", report.pairs}});
  const double rate = report.seconds > 0 ? static_cast<double>(report.pairs) / report.seconds : 0;
  line_.finish(fmt::format("{}  {} pairs/s  {:.1f} s  {}", head(), format_count(rate),
                           report.seconds, name_of(report.verdict)));
}

void ProgressLine::clear() {
  if (!json_) line_.clear();
}

std::string ProgressLine::head() const {
  return fmt::format("[{}/{}] {} {}", run_ + 1, runs_.size(), runs_[run_].allocator,
                     runs_[run_].scenario);
}

}  // namespace poolproof
