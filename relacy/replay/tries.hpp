// Tries: where shrinking makes its executions. In this process; or, where the failure ends its
// process, in children, each of which ends with the first execution that fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/base/process.hpp"
#include "harness/base/time.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

class Tries {
 public:
  // limits: for all of them. fatal: in children.
  Tries(Limits limits, Clock::time_point deadline, bool fatal);

  // Explores until something fails, the strategy ends or limits say so. The strategy is left behind
  // the last execution that was made. A child that dies in a way that says nothing counts as
  // passed.
  ModelResult explore(ModelTest& model, unsigned actors, Strategy& strategy);

 private:
  // What a child tells its parent.
  struct Page {
    ScheduleRecord schedule;
    std::atomic<std::uint64_t> executions{0};
    bool failed = false;
    bool exhausted = false;
    char oracle[32] = {};
    char failure[400] = {};
  };

  ModelResult explore_in_child(ModelTest& model, unsigned actors, Strategy& strategy);
  bool wait(Process& child) const;
  void be_the_child(ModelTest& model, unsigned actors, Strategy& strategy) const;

  const Limits limits_;
  const Clock::time_point deadline_;
  const std::unique_ptr<Shared<Page>> page_;  // null: no children
};

}  // namespace poolproof
