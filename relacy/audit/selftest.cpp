#include "selftest.hpp"

#include <fmt/format.h>

#include <utility>

#include "audit_sites.hpp"
#include "relacy/check/check_run.hpp"
#include "trial_watcher.hpp"

namespace poolproof {

namespace {

using Mutant = SelftestMutant::Verdict;

// That a mutant fails is enough, but a token has room for a short schedule only.
constexpr std::chrono::milliseconds shrink_limit(300);

class Selftest {
 public:
  Selftest(const SelftestConfig& config, const AuditSubject& subject, const std::atomic<bool>& stop)
      : config_(config), subject_(subject), stop_(stop), watcher_(start_) {}

  SelftestReport run() {
    plant();
    watcher_.begin(config_.check.allocator + " as it is written");
    SelftestMutant whole;
    check(whole, std::nullopt);
    report_.failure = std::move(whole.failure);
    report_.failing_scenario = std::move(whole.scenario);
    if (!report_.failure && report_.empty.empty() && report_.unknown.empty()) {
      for (SelftestMutant& mutant : report_.mutants) try_mutant(mutant);
    }
    watcher_.clear();
    report_.interrupted = stopped();
    report_.seconds = in_seconds(Clock::now() - start_);
    return std::move(report_);
  }

 private:
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  void plant() {
    AuditConfig audit;
    audit.allocator = config_.check.allocator;
    audit.scenarios = config_.scenarios;
    audit.scope = config_.check.scope;
    audit.seed = config_.check.seed;
    AuditSites found = find_sites(audit, subject_);
    report_.notes = std::move(found.notes);
    for (const AuditSite& site : found.sites) {
      for (const OrderChange& change : mutations_of(site.source)) {
        SelftestMutant& mutant = report_.mutants.emplace_back();
        mutant.source = site.source;
        mutant.change = change;
        mutant.kept = site.kept;
        if (!site.reached) mutant.verdict = Mutant::not_reached;
      }
    }
  }

  void try_mutant(SelftestMutant& mutant) {
    if (mutant.verdict == Mutant::not_reached || stopped()) return;
    watcher_.begin(fmt::format("{}: {}", mutant.source.operation, change_text(mutant.change)));
    const bool all = check(mutant, mutant.change);
    if (mutant.failure) {
      mutant.verdict = Mutant::killed;
    } else if (!stopped()) {
      mutant.verdict = all ? Mutant::equivalent : Mutant::survived;
    }
  }

  // Checks each scenario until one fails. Returns true if all of them went through all executions.
  bool check(SelftestMutant& mutant, const std::optional<OrderChange>& change) {
    bool all = true;
    for (const std::string& scenario : config_.scenarios) {
      if (stopped()) return false;
      CheckConfig check = config_.check;
      check.scenario = scenario;
      check.scope = subject_.scope(scenario, check.scope);
      check.change = change;
      check.shrink_limit = shrink_limit;
      const auto begin = Clock::now();
      CheckReport result = run_check(
          {.config = check, .make = subject_.make(scenario), .watcher = watcher_, .stop = stop_});
      mutant.seconds += in_seconds(Clock::now() - begin);
      mutant.executions += result.executions;
      report_.executions += result.executions;
      all = all && result.exhausted;
      if (!change && result.discarded != 0 && result.discarded == result.executions) {
        report_.empty = all_discarded;
      }
      if (!result.failure) continue;
      if (says_nothing(*result.failure)) {
        report_.too_few_actors = report_.too_few_actors || result.failure->oracle == "threads";
        all = false;
        (change ? report_.notes.emplace_back() : report_.unknown) = fmt::format(
            "{} {}, {}: {}", check.allocator, scenario,
            change ? change_text(*change) : "as it is written", result.failure->message);
        continue;
      }
      mutant.failure = std::move(result.failure);
      mutant.scenario = scenario;
      return false;
    }
    return all;
  }

  const SelftestConfig& config_;
  const AuditSubject& subject_;
  const std::atomic<bool>& stop_;
  const Clock::time_point start_ = Clock::now();
  TrialWatcher watcher_;
  SelftestReport report_;
};

// Does the operation read and write in one?
bool is_read_modify_write(const SourceOrder& source) {
  return !source.place.on_failure && source.operation != "load" && source.operation != "store" &&
         source.operation != "fence";
}

}  // namespace

SelftestReport run_selftest(const SelftestConfig& config, const AuditSubject& subject,
                            const std::atomic<bool>& stop) {
  return Selftest(config, subject, stop).run();
}

std::vector<OrderChange> mutations_of(const SourceOrder& source) {
  std::vector<OrderChange> all;
  if (is_read_modify_write(source)) all.push_back({.place = source.place, .in_two = true});
  const auto steps = weaker_orders(source.operation, source.written);
  if (steps.empty()) return all;
  for (const std::memory_order order : steps.back()) all.push_back({source.place, order});
  // A fence that orders nothing is none.
  const bool may_be_dropped = source.operation == "fence" && steps.size() > 1;
  if (may_be_dropped) all.push_back({source.place, std::memory_order_relaxed});
  return all;
}

}  // namespace poolproof
