// ProgressLine: the progress of stress runs, on standard error.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/base/live_line.hpp"
#include "harness/stress/run.hpp"
#include "harness/stress/stress_run.hpp"

namespace poolproof {

class ProgressLine {
 public:
  explicit ProgressLine(const std::vector<RunConfig>& runs) : runs_(runs) {}

  void start(std::size_t run);
  void update(const Progress& progress);
  void finish(const RunReport& report);
  void clear() { line_.clear(); }  // before results are printed

 private:
  std::string head() const;

  const std::vector<RunConfig>& runs_;
  std::size_t run_ = 0;
  LiveLine line_;
};

}  // namespace poolproof
