#include "check_run.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "harness/base/process.hpp"
#include "relacy/adapter/orders.hpp"
#include "relacy/replay/replay.hpp"
#include "workers.hpp"

namespace poolproof {

namespace {

double seconds_since(Clock::time_point start) { return in_seconds(Clock::now() - start); }

// The smallest failure so far, which stays whole if the child that writes it is killed.
struct ShrinkPage {
  struct Slot {
    Scope scope;
    ScheduleRecord schedule;
  };
  std::array<Slot, 2> slots;
  std::atomic<unsigned> written{0};
};

// Returns whether it is smaller now.
bool shrink_in_child(const CheckConfig& config, const MakeModel& make, const ShrinkRules& rules,
                     FoundFailure& failure) {
  if (config.shrink_limit == Nanoseconds(0)) return false;
  const Shared<ShrinkPage> page;
  const Clock::time_point deadline = Clock::now() + config.shrink_limit;
  Process child([&] {
    shrink(make, failure, rules, deadline, [&](const FoundFailure& better) {
      const unsigned written = page->written.load(std::memory_order_relaxed);
      ShrinkPage::Slot& slot = page->slots[written % 2];
      slot.scope = better.scope;
      slot.schedule.clear();
      for (const Step& step : better.schedule) slot.schedule.add(step);
      page->written.store(written + 1, std::memory_order_release);
    });
  });
  child.wait(config.shrink_limit + std::chrono::seconds(2));
  child.kill();
  const unsigned written = page->written.load(std::memory_order_acquire);
  if (written == 0) return false;
  const ShrinkPage::Slot& slot = page->slots[(written - 1) % 2];
  failure.scope = slot.scope;
  failure.schedule = slot.schedule.get();
  return true;
}

// How a failure is shown again.
struct Shown {
  Token token;
  std::optional<std::string> text;  // of the token, unless that is too long
  bool shrunk = false;
};

// Returns the shrunk failure, as a token; or the random execution if that is too long for one;
// nothing if neither is known. shrinks: is it to be tried?
std::optional<Shown> show(const CheckConfig& config, const MakeModel& make, FoundByWorker found,
                          bool shrinks) {
  Shown shown;
  Token& token = shown.token;
  token.allocator = config.allocator;
  if (!config.build.empty()) token.allocator += '@' + config.build;
  token.scenario = config.scenario;
  token.change = config.change;
  token.stale_reads = stale_reads_of(found.by.search);
  token.memory = config.memory;
  token.stop_one_actor = config.lock_free;
  if (found.replayable) {
    const ShrinkRules rules{token.stale_reads, token.memory, config.lock_free, !found.alive};
    shown.shrunk = shrinks && shrink_in_child(config, make, rules, found.failure);
    token.scope = found.failure.scope;
    token.schedule = found.failure.schedule;
    shown.text = write_token(token);
  }
  const bool by_chance = found.by.search.kind == CheckSearch::Kind::random;
  if (shown.text || (found.replayable && !by_chance)) return shown;
  if (!by_chance) return std::nullopt;
  token.scope = found.by.scope;
  token.schedule.clear();
  token.seed = config.seed;
  token.execution = found.by.execution;
  shown.text = write_token(token);
  shown.shrunk = false;
  return shown;
}

// What is said where the same choices did not lead to the failure again.
void explain_other_end(const FoundByWorker& found, CheckFailure& failure) {
  if (!found.alive) {
    failure.message += "; the same choices alone do not lead there again";
    return;
  }
  failure.message +=
      "; but the same choices do not lead there again: the code depends on "
      "addresses, on chance, or on what came before";
  failure.oracle = "nondeterminism";
}

bool failed_by(const Replay& replay, const std::string& oracle) {
  return replay.outcome == Replay::Outcome::failed && replay.failure.oracle == oracle;
}

CheckFailure explain(const CheckConfig& config, const MakeModel& make, const FoundByWorker& found,
                     const TraceLook& look) {
  CheckFailure failure;
  failure.oracle = found.failure.oracle;
  failure.message = found.failure.message;
  failure.scope = found.by.scope;
  if (failure.oracle == "nondeterminism" || failure.oracle == "threads") return failure;
  const Clock::time_point start = Clock::now();
  std::optional<Shown> shown = show(config, make, found, true);
  if (!shown) return failure;
  Replay again = replay(shown->token, make, look);
  // A shrunk execution that came to no end in the short time of a try may come to one in the long
  // time of a replay.
  if (shown->shrunk && !found.alive && !failed_by(again, failure.oracle)) {
    shown = show(config, make, found, false);
    if (!shown) return failure;
    again = replay(shown->token, make, look);
  }
  if (again.outcome == Replay::Outcome::failed) {
    // Without a trace the replay came to no end in its time, and says nothing of the failure.
    if (again.failure.trace.empty()) {
      again.failure.oracle = failure.oracle;
      again.failure.message = failure.message;
    }
    failure = std::move(again.failure);
  } else if (again.outcome != Replay::Outcome::lost) {
    explain_other_end(found, failure);
  }
  failure.token = shown->text.value_or("");
  if (shown->shrunk) failure.shrink_seconds = seconds_since(start);
  return failure;
}

}  // namespace

CheckReport run_check(const CheckRun& run) {
  const CheckConfig& config = run.config;
  const Orders::Changed changed(config.change ? &*config.change : nullptr);
  Workers workers(config, run.make, Clock::now(), run.resume);
  workers.watch(run.watcher, run.stop);
  CheckReport report = workers.report();
  if (workers.found()) {
    run.watcher.shrink(report.seconds);
    report.verdict = Verdict::fail;
    report.failure = explain(config, run.make, *workers.found(), run.look);
    report.failure->search = workers.found()->by.search;
    report.failure->executions = report.executions;
    report.failure->seconds = report.seconds;
  } else if (workers.done_from_outside()) {
    report.reason = *workers.done_from_outside();
  } else if (run.stop.load(std::memory_order_relaxed)) {
    report.interrupted = true;
    report.reason = "interrupted";
  } else {
    report.verdict = Verdict::pass;
  }
  return report;
}

CheckReport run_replay(const Token& token, const MakeModel& make, const TraceLook& look) {
  const Clock::time_point start = Clock::now();
  Replay again = replay(token, make, look);
  CheckReport report;
  report.executions = 1;
  report.seconds = seconds_since(start);
  switch (again.outcome) {
    case Replay::Outcome::failed:
      report.verdict = Verdict::fail;
      report.failure = std::move(again.failure);
      report.failure->token = *write_token(token);
      break;
    case Replay::Outcome::passed:
      report.verdict = Verdict::pass;
      break;
    case Replay::Outcome::lost:
      report.reason = std::move(again.failure.message);
      break;
    case Replay::Outcome::changed:
      report.reason =
          "the execution does not fit the code, which has changed: it ran to its end, "
          "by other choices, and nothing failed";
      break;
  }
  return report;
}

}  // namespace poolproof
