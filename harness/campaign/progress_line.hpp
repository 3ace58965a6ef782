// ProgressLine: the progress of stress runs, on standard error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/live_line.hpp"
#include "harness/stress/run.hpp"
#include "harness/stress/runs/stress_run.hpp"
#include "progress_json.hpp"

namespace poolproof {

class ProgressLine {
 public:
  // json: lines of JSON instead.
  ProgressLine(const std::vector<RunConfig>& runs, bool json);

  void start(std::size_t run);
  void update(const Progress& progress);
  void finish(const RunReport& report);
  void clear();  // before results are printed

 private:
  std::string head() const;

  const std::vector<RunConfig>& runs_;
  std::size_t run_ = 0;
  LiveLine line_;
  std::optional<ProgressJson> json_;
};

}  // namespace poolproof
