#include "check_run.hpp"

#include <array>
#include <chrono>
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

using std::chrono::steady_clock;
using Time = steady_clock::time_point;

double seconds_since(Time start) { return in_seconds(steady_clock::now() - start); }

// That the search had.
StaleReads stale_reads_of(const CheckSearch& search) {
  const bool narrow = search.kind == CheckSearch::Kind::preemptions ||
                      search.kind == CheckSearch::Kind::interleavings;
  return narrow ? StaleReads::one : StaleReads::two;
}

// The best so far, where a child that is killed at any time leaves it whole.
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
  const Time deadline = steady_clock::now() + config.shrink_limit;
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

// Shrunk, if that gives one short enough.
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
  token.scope = config.scope;
  token.seed = config.seed;
  token.execution = found.by.execution;
  return token;
}

CheckFailure explain(const CheckConfig& config, const MakeModel& make, const FoundByWorker& found,
                     bool colour) {
  CheckFailure failure;
  failure.oracle = found.failure.oracle;
  failure.message = found.failure.message;
  failure.scope = config.scope;
  if (failure.oracle == "nondeterminism") return failure;
  const std::optional<Token> token = token_of(config, make, found);
  if (!token) return failure;
  const std::string text = *write_token(*token);
  Replay again = replay(read_token(text), make, colour);
  if (again.outcome == Replay::Outcome::failed) {
    if (again.failure.oracle == "crash") again.failure.message = failure.message;
    failure = std::move(again.failure);
  } else {
    failure.message +=
        "; but the same choices do not lead there again: the code depends on "
        "addresses, on chance, or on what came before";
    failure.oracle = "nondeterminism";
  }
  failure.token = text;
  return failure;
}

}  // namespace

CheckReport run_check(const CheckConfig& config, const MakeModel& make, bool colour,
                      CheckWatcher& watcher, const std::atomic<bool>& stop, ResumeFile* file) {
  const Time start = steady_clock::now();
  const Orders::Changed changed(config.change ? &*config.change : nullptr);
  Workers workers(config, make, start, file);
  workers.watch(watcher, stop);
  CheckReport report;
  report.seconds = seconds_since(start);
  report.executions = workers.executions();
  report.earlier = workers.earlier();
  report.exhausted = workers.exhausted();
  report.systematic = workers.systematic();
  report.searched = workers.searched();
  report.end_states = workers.end_states();
  report.share = report.exhausted ? 1 : workers.share();
  report.aba_windows = workers.executions_with(Event::aba_window);
  report.recycles = workers.executions_with(Event::recycle);
  report.claims = workers.executions_with(Event::claim);
  report.grows = workers.executions_with(Event::grow);
  report.stopped = workers.stopped();
  if (workers.found()) {
    const Time found = steady_clock::now();
    watcher.shrink(report.seconds);
    report.verdict = Verdict::fail;
    report.failure = explain(config, make, *workers.found(), colour);
    report.failure->search = workers.found()->by.search;
    report.failure->executions = report.executions;
    report.failure->seconds = report.seconds;
    report.failure->shrink_seconds = seconds_since(found);
  } else if (stop.load(std::memory_order_relaxed)) {
    report.interrupted = true;
    report.reason = "interrupted";
  } else {
    report.verdict = Verdict::pass;
  }
  return report;
}

CheckReport run_replay(const Token& token, const MakeModel& make, bool colour) {
  const Time start = steady_clock::now();
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
    case Replay::Outcome::changed:
      report.reason =
          "the execution does not fit the code, which has changed: it ran to its end, "
          "by other choices, and nothing failed";
      break;
  }
  return report;
}

}  // namespace poolproof
