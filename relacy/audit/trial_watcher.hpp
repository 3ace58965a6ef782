// TrialWatcher: a live line for one check after another, each of a change to the same allocator.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "harness/base/live_line.hpp"
#include "harness/base/time.hpp"
#include "relacy/check/check_watcher.hpp"

namespace poolproof {

class TrialWatcher final : public CheckWatcher {
 public:
  explicit TrialWatcher(Clock::time_point start) : start_(start) {}
  void begin(std::string head) {
    if (head_.empty()) line_.start(head);
    head_ = std::move(head);
    show();
  }
  void update(const CheckReport&) override { show(); }
  void shrink(double) override { show(); }
  void clear() { line_.clear(); }

 private:
  void show() {
    const double seconds = in_seconds(Clock::now() - start_);
    if (line_.due(seconds)) line_.update(fmt::format("{}  {:.0f} s", head_, seconds));
  }

  const Clock::time_point start_;
  std::string head_;
  LiveLine line_;
};

}  // namespace poolproof
