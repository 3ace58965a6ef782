// CheckWatcher is told about a check while it runs.
#pragma once

#include "harness/check/model_check.hpp"

namespace poolproof {

class CheckWatcher {
 public:
  CheckWatcher() = default;
  CheckWatcher(const CheckWatcher&) = delete;
  CheckWatcher& operator=(const CheckWatcher&) = delete;
  virtual ~CheckWatcher() = default;

  // now: what the check has done so far. The caller may call at any rate; the watcher throttles.
  virtual void update(const CheckReport& now) = 0;
  // A failure was found and is being shrunk. seconds: since the run began.
  virtual void shrink(double seconds) = 0;
};

}  // namespace poolproof
