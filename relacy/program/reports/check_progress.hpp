// CheckProgress: the progress of model checks, on standard error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/live_line.hpp"
#include "harness/campaign/progress_json.hpp"
#include "harness/check/model_check.hpp"
#include "relacy/check/check_watcher.hpp"

namespace poolproof {

class CheckProgress final : public CheckWatcher {
 public:
  // json: lines of JSON instead.
  explicit CheckProgress(const std::vector<CheckConfig>& runs, bool json = false);

  void start(std::size_t run);
  void update(const CheckReport& now) override;
  void shrink(double seconds) override;
  void finish(const CheckReport& report);
  void clear();  // before results are printed

 private:
  std::string head() const;
  std::string done(const CheckReport& report) const;

  const std::vector<CheckConfig>& runs_;
  std::size_t run_ = 0;
  LiveLine line_;
  std::optional<ProgressJson> json_;
};

}  // namespace poolproof
