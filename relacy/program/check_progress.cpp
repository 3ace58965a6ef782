#include "check_progress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.hpp"
#include "harness/stress/run_json.hpp"
#include "search_text.hpp"

namespace poolproof {

void CheckProgress::start(std::size_t run) {
  run_ = run;
  line_.start(head());
}

void CheckProgress::update(const CheckReport& now) {
  if (!line_.due(now.seconds)) return;
  double left = std::max(0.0, in_seconds(runs_[run_].budget) - now.seconds);
  for (std::size_t i = run_ + 1; i < runs_.size(); ++i) left += in_seconds(runs_[i].budget);
  const std::string rest = runs_[run_].search.is_sampled() ? std::string() : rest_text(now);
  line_.update(fmt::format("{}{}  {:.0f} s, at most {:.0f} s left in all", done(now), rest,
                           now.seconds, left));
}

void CheckProgress::shrink(double seconds) {
  if (line_.due(seconds)) line_.update(fmt::format("{}  making a failure smaller", head()));
}

void CheckProgress::finish(const CheckReport& report) {
  line_.finish(
      fmt::format("{}  {:.1f} s  {}", done(report), report.seconds, name_of(report.verdict)));
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
