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

void shrink_in_child(const CheckConfig& config, const MakeModel& make, StaleReads stale_reads,
                     FoundFailure& failure) {
  if (config.shrink_limit == Nanoseconds(0)) return;
  const Shared<ShrinkPage> page;
  const Clock::time_point deadline = Clock::now() + config.shrink_limit;
  Process child([&] {
    const ShrinkRules rules{stale_reads, config.lock_free};
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
  if (const unsigned written = page->written.load(std::memory_order_acquire); written != 0) {
    const ShrinkPage::Slot& slot = page->slots[(written - 1) % 2];
    failure.scope = slot.scope;
    failure.schedule = slot.schedule.get();
  }
}

// Returns the token of the shrunk failure, or of the random execution if that is too long; nothing
// if there is neither.
std::optional<Token> token_of(const CheckConfig& config, const MakeModel& make,
                              FoundByWorker found) {
  Token token;
  token.allocator = config.allocator;
  token.scenario = config.scenario;
  token.change = config.change;
  token.stale_reads = stale_reads_of(found.by.search);
  token.stop_one_actor = config.lock_free;
  if (found.replayable) {
    shrink_in_child(config, make, token.stale_reads, found.failure);
    token.scope = found.failure.scope;
    token.schedule = found.failure.schedule;
    if (write_token(token)) return token;
  }
  if (found.by.search.kind != CheckSearch::Kind::random) return std::nullopt;
  token.scope = found.by.scope;
  token.seed = config.seed;
  token.execution = found.by.execution;
  return token;
}

CheckFailure explain(const CheckConfig& config, const MakeModel& make, const FoundByWorker& found,
                     bool colour) {
  CheckFailure failure;
  failure.oracle = found.failure.oracle;
  failure.message = found.failure.message;
  failure.scope = found.by.scope;
  if (failure.oracle == "nondeterminism") return failure;
  const std::optional<Token> token = token_of(config, make, found);
  if (!token) return failure;
  const std::string text = *write_token(*token);
  Replay again = replay(read_token(text), make, colour);
  if (again.outcome == Replay::Outcome::failed) {
    if (again.failure.oracle == "crash") again.failure.message = failure.message;
    failure = std::move(again.failure);
  } else if (again.outcome != Replay::Outcome::lost) {
    failure.message +=
        "; but the same choices do not lead there again: the code depends on "
        "addresses, on chance, or on what came before";
    failure.oracle = "nondeterminism";
  }
  failure.token = text;
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
    const Clock::time_point found = Clock::now();
    run.watcher.shrink(report.seconds);
    report.verdict = Verdict::fail;
    report.failure = explain(config, run.make, *workers.found(), run.colour);
    report.failure->search = workers.found()->by.search;
    report.failure->executions = report.executions;
    report.failure->seconds = report.seconds;
    report.failure->shrink_seconds = seconds_since(found);
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

CheckReport run_replay(const Token& token, const MakeModel& make, bool colour) {
  const Clock::time_point start = Clock::now();
  Replay again = replay(token, make, colour);
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
