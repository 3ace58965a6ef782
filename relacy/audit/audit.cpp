#include "audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "audit_sites.hpp"
#include "harness/base/text.hpp"
#include "relacy/check/check_run.hpp"
#include "trial_watcher.hpp"

namespace poolproof {

namespace {

using std::chrono::milliseconds;
using Order = std::memory_order;
using Verdict = AuditSite::Verdict;
using Steps = std::vector<std::vector<Order>>;

// A quick search finds nearly everything that can be found: a missing order shows after a few
// executions. The orders that survive it share the rest of the time equally.
constexpr std::uint64_t quick_executions = 2000;
constexpr milliseconds quick_budget(2000);
constexpr milliseconds least_budget(200);
constexpr milliseconds shrink_limit(1000);

class Auditor {
 public:
  Auditor(const AuditConfig& config, const AuditSubject& subject, const std::atomic<bool>& stop)
      : config_(config), subject_(subject), stop_(stop), watcher_(start_) {}

  AuditReport run() {
    AuditSites found = find_sites(config_, subject_);
    report_.sites = std::move(found.sites);
    report_.notes = std::move(found.notes);
    AuditTrial whole;
    watcher_.begin(config_.allocator + " as it is written");
    // An allocator must pass as it is written before its orders are weakened.
    thorough_search(whole, nullptr, deadline_left() / 10);
    if (report_.too_few_actors) return std::move(report_);
    if (whole.failure) {
      report_.failure = std::move(whole.failure);
      report_.failing_scenario = whole.scenario;
      strengthen();
    } else {
      weaken();
    }
    watcher_.clear();
    report_.interrupted = stopped();
    report_.seconds = in_seconds(Clock::now() - start_);
    return std::move(report_);
  }

 private:
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  Nanoseconds deadline_left() const {
    const Nanoseconds left = start_ + config_.budget - Clock::now();
    return std::max<Nanoseconds>(left, Nanoseconds(0));
  }

  CheckConfig check_of(const std::string& scenario, CheckSearch::Kind kind) const {
    CheckConfig check;
    check.allocator = config_.allocator;
    check.scenario = scenario;
    check.scope = subject_.scope(scenario, config_.scope);
    check.build = config_.build;
    check.arguments = config_.arguments;
    check.search.kind = kind;
    check.seed = config_.seed;
    check.jobs = config_.jobs;
    // Nobody looks at how an order fails that does not cure.
    check.shrink_limit = report_.failure ? milliseconds(0) : shrink_limit;
    return check;
  }

  // Makes one check. Returns true if it fails; then trial says how.
  bool try_pair(AuditTrial& trial, const OrderChange* change, CheckConfig check) {
    if (change != nullptr) check.change = *change;
    const auto start = Clock::now();
    CheckReport result = run_check({.config = check,
                                    .make = subject_.make(check.scenario),
                                    .watcher = watcher_,
                                    .stop = stop_});
    trial.seconds += in_seconds(Clock::now() - start);
    trial.executions += result.executions;
    report_.executions += result.executions;
    if (result.verdict == poolproof::Verdict::unknown && !result.interrupted) {
      report_.notes.push_back(
          fmt::format("{} {}: {}", config_.allocator, check.scenario, result.reason));
    }
    if (!result.failure) {
      if (change == nullptr && result.discarded != 0 && result.discarded == result.executions) {
        report_.empty = all_discarded;
      }
      return false;
    }
    if (says_nothing(*result.failure)) {
      report_.too_few_actors = report_.too_few_actors || result.failure->oracle == "threads";
      report_.notes.push_back(fmt::format(
          "{} {}, {}: {}", config_.allocator, check.scenario,
          change == nullptr ? "as it is written" : change_text(*change), result.failure->message));
      return false;
    }
    trial.failure = std::move(result.failure);
    trial.scenario = check.scenario;
    trial.search = check.search;
    return true;
  }

  // An equal share of the time until end, for each of the checks that are left.
  static Nanoseconds share(Clock::time_point end, std::size_t left) {
    const Nanoseconds rest = end - Clock::now();
    return std::max<Nanoseconds>(rest / static_cast<std::int64_t>(left), least_budget);
  }

  // A few executions of each scenario, at random, until one fails.
  void quick_search(AuditSite& site, AuditTrial& trial) {
    const OrderChange change = begin(site, trial);
    const auto end = Clock::now() + quick_budget;
    std::size_t left = config_.scenarios.size();
    for (const std::string& scenario : config_.scenarios) {
      CheckConfig check = check_of(scenario, CheckSearch::Kind::random);
      check.budget = share(end, left--);
      check.executions = quick_executions;
      if (try_pair(trial, &change, std::move(check))) return;
    }
  }

  // Splits the budget over all scenarios, each at random and by preemptions, until one fails.
  void thorough_search(AuditTrial& trial, const OrderChange* change, Nanoseconds budget) {
    constexpr CheckSearch::Kind kinds[] = {CheckSearch::Kind::random,
                                           CheckSearch::Kind::preemptions};
    const auto end = Clock::now() + budget;
    std::size_t left = std::size(kinds) * config_.scenarios.size();
    for (const std::string& scenario : config_.scenarios) {
      for (const CheckSearch::Kind kind : kinds) {
        CheckConfig check = check_of(scenario, kind);
        check.budget = share(end, left--);
        if (try_pair(trial, change, std::move(check))) return;
      }
    }
    trial.thorough = true;
  }
  void thorough_search(AuditSite& site, AuditTrial& trial, Nanoseconds budget) {
    const OrderChange change = begin(site, trial);
    thorough_search(trial, &change, budget);
  }

  // Shows what is tried, and returns it.
  OrderChange begin(const AuditSite& site, const AuditTrial& trial) {
    watcher_.begin(fmt::format("{}: {} {} as {}", place_text(site.source.place),
                               site.source.operation, name_of(site.source.written),
                               name_of(trial.order)));
    return {site.source.place, trial.order};
  }

  AuditTrial& trial_of(AuditSite& site, Order order) {
    for (AuditTrial& trial : site.trials) {
      if (trial.order == order) return trial;
    }
    AuditTrial& trial = site.trials.emplace_back();
    trial.order = order;
    return trial;
  }

  // The orders that do not fail, of the first step that has any; each has had a quick search.
  std::vector<AuditTrial*> survivors(AuditSite& site) {
    std::vector<AuditTrial*> alive;
    for (const std::vector<Order>& step :
         weaker_orders(site.source.operation, site.source.written)) {
      for (const Order order : step) {
        if (stopped()) return {};
        AuditTrial& trial = trial_of(site, order);
        if (trial.executions == 0) quick_search(site, trial);
      }
      for (AuditTrial& trial : site.trials) {
        const bool here = std::find(step.begin(), step.end(), trial.order) != step.end();
        if (here && !trial.failure) alive.push_back(&trial);
      }
      if (!alive.empty()) break;
    }
    return alive;
  }

  struct Open {
    AuditSite* site;
    AuditTrial* trial;
  };
  std::vector<Open> open_trials() {
    std::vector<Open> open;
    for (AuditSite& site : report_.sites) {
      if (!site.reached) continue;
      for (AuditTrial* trial : survivors(site)) {
        if (config_.trusts_kept && !site.kept.empty()) continue;
        if (!trial->thorough) open.push_back({&site, trial});
      }
    }
    return open;
  }

  void weaken() {
    for (std::vector<Open> open = open_trials(); !open.empty() && !stopped();
         open = open_trials()) {
      const auto& [site, trial] = open.front();
      thorough_search(*site, *trial, deadline_left() / static_cast<std::int64_t>(open.size()));
    }
    for (AuditSite& site : report_.sites) {
      if (!site.reached || stopped()) continue;
      for (const AuditTrial* trial : survivors(site)) site.survivors.push_back(trial->order);
      site.verdict = site.trials.empty()      ? Verdict::relaxed
                     : site.survivors.empty() ? Verdict::needed
                                              : Verdict::not_shown;
    }
  }

  // Tries the strongest order first: if that is no cure, no other is. Then it goes down to the
  // weakest order that is a cure.
  void strengthen() {
    std::vector<AuditSite*> candidates;
    for (AuditSite& site : report_.sites) {
      const Steps steps = stronger_orders(site.source.operation, site.source.written);
      if (!site.reached || steps.empty() || stopped()) continue;
      AuditTrial& trial = trial_of(site, steps[0][0]);
      quick_search(site, trial);
      site.verdict = Verdict::no_cure;
      if (!trial.failure) candidates.push_back(&site);
    }
    for (std::size_t i = 0; i != candidates.size(); ++i) {
      AuditSite& site = *candidates[i];
      const Steps steps = stronger_orders(site.source.operation, site.source.written);
      const Nanoseconds budget = deadline_left() / static_cast<std::int64_t>(candidates.size() - i);
      for (const std::vector<Order>& step : steps) {
        std::vector<Order> cures;
        for (const Order order : step) {
          if (stopped()) return;
          AuditTrial& trial = trial_of(site, order);
          thorough_search(site, trial, budget / static_cast<int>(steps.size() * step.size()));
          if (!trial.failure) cures.push_back(order);
        }
        if (cures.empty()) break;
        site.survivors = std::move(cures);
        site.verdict = Verdict::cure;
      }
    }
  }

  const AuditConfig& config_;
  const AuditSubject& subject_;
  const std::atomic<bool>& stop_;
  const Clock::time_point start_ = Clock::now();
  TrialWatcher watcher_;
  AuditReport report_;
};

// May the operation have this order?
bool is_allowed(std::string_view operation, Order order) {
  const bool reads = operation != "store";
  const bool writes = operation != "load" && operation != "CAS failure";
  switch (order) {
    case std::memory_order_acquire:
      return reads;
    case std::memory_order_release:
      return writes;
    case std::memory_order_acq_rel:
      return reads && writes;
    default:
      return true;
  }
}

// Steps from the weakest to the strongest.
Steps orders_of(std::string_view operation) {
  Steps steps = {{std::memory_order_relaxed},
                 {std::memory_order_acquire, std::memory_order_release},
                 {std::memory_order_acq_rel},
                 {std::memory_order_seq_cst}};
  for (auto& step : steps) {
    std::erase_if(step, [&](Order order) { return !is_allowed(operation, order); });
  }
  std::erase_if(steps, [](const std::vector<Order>& step) { return step.empty(); });
  return steps;
}

}  // namespace

AuditReport run_audit(const AuditConfig& config, const AuditSubject& subject,
                      const std::atomic<bool>& stop) {
  return Auditor(config, subject, stop).run();
}

std::vector<std::vector<std::memory_order>> weaker_orders(std::string_view operation,
                                                          std::memory_order written) {
  Steps steps = orders_of(operation);
  const auto its_own = std::find_if(steps.begin(), steps.end(), [&](const auto& step) {
    return std::find(step.begin(), step.end(), written) != step.end();
  });
  if (its_own == steps.end()) return {};  // the operation cannot have this order
  steps.erase(its_own, steps.end());
  return steps;
}

std::vector<std::vector<std::memory_order>> stronger_orders(std::string_view operation,
                                                            std::memory_order written) {
  Steps steps = orders_of(operation);
  const auto its_own = std::find_if(steps.begin(), steps.end(), [&](const auto& step) {
    return std::find(step.begin(), step.end(), written) != step.end();
  });
  if (its_own == steps.end()) return {};
  steps.erase(steps.begin(), std::next(its_own));
  std::reverse(steps.begin(), steps.end());
  return steps;
}

}  // namespace poolproof
