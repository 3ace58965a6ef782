// ProgressLine: on a terminal one live line on standard error, elsewhere a plain line for each run
// that ends, and one every ten seconds of a run that goes on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "run.hpp"
#include "stress_run.hpp"

namespace poolproof {

class ProgressLine {
 public:
  explicit ProgressLine(const std::vector<RunConfig>& runs);

  void start(std::size_t run);
  void update(const Progress& progress);
  void finish(const RunReport& report);
  void clear();  // before results are printed

 private:
  std::string head() const;

  const std::vector<RunConfig>& runs_;
  const bool live_;
  std::size_t run_ = 0;
  double next_plain_ = 0;  // seconds into the run
};

}  // namespace poolproof
