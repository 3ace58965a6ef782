#include "check_progress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.hpp"
#include "harness/stress/run_json.hpp"
#include "search_text.hpp"

namespace poolproof {

namespace {

nlohmann::ordered_json counts(const CheckConfig& config, const CheckReport& report) {
  nlohmann::ordered_json json = {{"executions", report.executions}, {"share", nullptr}};
  if (config.search.is_systematic()) json["share"] = std::clamp(report.share, 0.0, 1.0);
  return json;
}

}  // namespace

CheckProgress::CheckProgress(const std::vector<CheckConfig>& runs, bool json) : runs_(runs) {
  if (json) json_.emplace("check", progress_runs(runs));
}

void CheckProgress::start(std::size_t run) {
  run_ = run;
  if (json_) return json_->start(run);
  line_.start(head());
}

void CheckProgress::update(const CheckReport& now) {
  if (json_) {
    if (json_->due(now.seconds)) json_->update("running", now.seconds, counts(runs_[run_], now));
    return;
  }
  if (!line_.due(now.seconds)) return;
  double left = std::max(0.0, in_seconds(runs_[run_].budget) - now.seconds);
  for (std::size_t i = run_ + 1; i < runs_.size(); ++i) left += in_seconds(runs_[i].budget);
  const std::string rest = runs_[run_].search.is_sampled() ? std::string() : rest_text(now);
  line_.update(fmt::format("{}{}  {:.0f} s, at most {:.0f} s left in all", done(now), rest,
                           now.seconds, left));
}

void CheckProgress::shrink(double seconds) {
  if (json_) {
    if (json_->due(seconds)) json_->update("shrinking", seconds, nlohmann::ordered_json::object());
    return;
  }
  if (line_.due(seconds)) line_.update(fmt::format("{}  making a failure smaller", head()));
}

void CheckProgress::finish(const CheckReport& report) {
  if (json_) {
    return json_->finish(report.seconds, name_of(report.verdict), counts(runs_[run_], report));
  }
  line_.finish(
      fmt::format("{}  {:.1f} s  {}", done(report), report.seconds, name_of(report.verdict)));
}

void CheckProgress::clear() {
  if (!json_) line_.clear();
}

std::string CheckProgress::head() const {
  return fmt::format("[{}/{}] {} {}", run_ + 1, runs_.size(), runs_[run_].allocator,
                     runs_[run_].scenario);
}

std::string CheckProgress::done(const CheckReport& report) const {
  std::string text = fmt::format("{}  {}, {}/s", head(), counted(report.executions, "execution"),
                                 format_count(rate(report)));
  if (runs_[run_].search.is_systematic()) text += "  " + share_text(runs_[run_], report);
  return text;
}

}  // namespace poolproof
