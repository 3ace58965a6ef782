#include "tries.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "relacy/adapter/execution/sudden_end.hpp"

namespace poolproof {

namespace {

// An execution that takes so much is taken for one without an end. Most take less than a
// millisecond; who shrinks replays what comes of it, with more time.
constexpr SuddenEnd::Watch watch{.busy = std::chrono::milliseconds(50),
                                 .idle = std::chrono::seconds(1),
                                 .names_function = false};

template <std::size_t Size>
void put(char (&to)[Size], const std::string& text) {
  to[text.copy(to, Size - 1)] = 0;
}

// What is said of a crash would be said of each try.
void be_silent() noexcept {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  dup2(nowhere, STDERR_FILENO);
  close(nowhere);
}

}  // namespace

Tries::Tries(Limits limits, Clock::time_point deadline, bool fatal)
    : limits_(std::move(limits)),
      deadline_(deadline),
      page_(fatal ? std::make_unique<Shared<Page>>() : nullptr) {}

ModelResult Tries::explore(ModelTest& model, unsigned actors, Strategy& strategy) {
  if (page_ == nullptr) return poolproof::explore(model, actors, strategy, limits_);
  const ModelResult result = explore_in_child(model, actors, strategy);
  // The child has gone on with a copy.
  for (std::uint64_t i = 0; i != result.executions && strategy.begin(); ++i) continue;
  return result;
}

ModelResult Tries::explore_in_child(ModelTest& model, unsigned actors, Strategy& strategy) {
  Page& page = **page_;
  page.failed = page.exhausted = false;
  page.executions = 0;
  Process child([&] { be_the_child(model, actors, strategy); });
  const bool ended = wait(child);
  child.kill();
  ModelResult result;
  result.executions = page.executions.load();
  const bool died = !ended || child.death();
  if (died) ++result.executions;  // the one in which it did
  result.passed = died || !page.failed;
  result.exhausted = !died && page.exhausted;
  if (result.passed) return result;
  result.oracle = page.oracle;
  result.failure = page.failure;
  result.schedule = page.schedule.get();
  return result;
}

// Returns whether it has ended. One that comes no further, although it watches itself, is given up.
bool Tries::wait(Process& child) const {
  const Page& page = **page_;
  std::uint64_t executions = page.executions;
  while (!child.wait(2 * watch.idle)) {
    if (Clock::now() >= deadline_ || executions == page.executions) return false;
    executions = page.executions;
  }
  return true;
}

void Tries::be_the_child(ModelTest& model, unsigned actors, Strategy& strategy) const {
  be_silent();
  Page& page = **page_;
  const SuddenEnd caught(watch);
  Limits limits = limits_;
  limits.stop = [&](std::uint64_t executions) {
    page.executions = executions;
    caught.restart();
    return limits_.stop && limits_.stop(executions);
  };
  const ModelResult result = poolproof::explore(model, actors, strategy, limits);
  page.executions = result.executions;
  page.schedule.clear();
  for (const Step& step : result.schedule) page.schedule.add(step);
  put(page.oracle, result.oracle);
  put(page.failure, result.failure);
  page.exhausted = result.exhausted;
  page.failed = !result.passed && page.schedule.complete();
}

}  // namespace poolproof
