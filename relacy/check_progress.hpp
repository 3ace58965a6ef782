// CheckProgress: the progress of model checks, on standard error.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/check.hpp"
#include "harness/live_line.hpp"

namespace poolproof {

// Told of a check while it is made.
class CheckWatcher {
 public:
  CheckWatcher() = default;
  CheckWatcher(const CheckWatcher&) = delete;
  CheckWatcher& operator=(const CheckWatcher&) = delete;
  virtual ~CheckWatcher() = default;

  // now: executions, seconds and share so far. As often as wanted: too often costs on a terminal.
  virtual void update(const CheckReport& now) = 0;
  // A failure was found after so many seconds of the run, and is being made smaller.
  virtual void shrink(double seconds) = 0;
};

class CheckProgress final : public CheckWatcher {
 public:
  explicit CheckProgress(const std::vector<CheckConfig>& runs) : runs_(runs) {}

  void start(std::size_t run);
  void update(const CheckReport& now) override;
  void shrink(double seconds) override;
  void finish(const CheckReport& report);
  void clear() { line_.clear(); }  // before results are printed

 private:
  std::string head() const;
  std::string done(const CheckReport& report) const;

  const std::vector<CheckConfig>& runs_;
  std::size_t run_ = 0;
  LiveLine line_;
};

}  // namespace poolproof
