#include "audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "audit_sites.hpp"
#include "harness/base/text.hpp"
#include "relacy/check/check_run.hpp"

namespace poolproof {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Order = std::memory_order;
using Verdict = AuditSite::Verdict;
using Steps = std::vector<std::vector<Order>>;

// A quick look finds nearly all that can be found: an order that is missing shows after a few
// executions. Of the rest each gets an equal share of the time that is left.
constexpr std::uint64_t quick_executions = 2000;
constexpr milliseconds quick_budget(2000);
constexpr milliseconds least_budget(200);
constexpr milliseconds shrink_limit(1000);

// A failure of the check, and not of the order that was changed.
bool says_nothing(const CheckFailure& failure) {
  return failure.oracle == "nondeterminism" || failure.oracle == "progress";
}

class Watcher final : public CheckWatcher {
 public:
  explicit Watcher(steady_clock::time_point start) : start_(start) {}
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
    const double seconds = in_seconds(steady_clock::now() - start_);
    if (line_.due(seconds)) line_.update(fmt::format("{}  {:.0f} s", head_, seconds));
  }

  const steady_clock::time_point start_;
  std::string head_;
  LiveLine line_;
};

class Auditor {
 public:
  Auditor(const AuditConfig& config, const MakeScenario& make, const std::atomic<bool>& stop)
      : config_(config), make_(make), stop_(stop), watcher_(start_) {}

  AuditReport run() {
    AuditSites found = find_sites(config_, make_);
    report_.sites = std::move(found.sites);
    report_.notes = std::move(found.notes);
    AuditTrial whole;
    watcher_.begin(config_.allocator + " as it is written");
    // A tenth of the time: what is to be weakened must first stand as it is.
    search(whole, nullptr, deadline_left() / 10, true);
    if (whole.failure) {
      report_.failure = std::move(whole.failure);
      report_.failing_scenario = whole.scenario;
      strengthen();
    } else {
      weaken();
    }
    watcher_.clear();
    report_.interrupted = stopped();
    report_.seconds = in_seconds(steady_clock::now() - start_);
    return std::move(report_);
  }

 private:
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  Nanoseconds deadline_left() const {
    const Nanoseconds left = start_ + config_.budget - steady_clock::now();
    return std::max<Nanoseconds>(left, Nanoseconds(0));
  }

  // Until it fails. Thorough: the budget is split over all scenarios and both searches.
  void search(AuditTrial& trial, const OrderChange* change, Nanoseconds budget, bool thorough) {
    const auto start = steady_clock::now();
    std::vector<CheckSearch> searches{{CheckSearch::Kind::random}};
    if (thorough) searches.push_back({CheckSearch::Kind::preemptions});
    auto left = static_cast<std::int64_t>(searches.size() * config_.scenarios.size());
    for (const std::string& scenario : config_.scenarios) {
      for (const CheckSearch& search : searches) {
        const Nanoseconds rest = budget - (steady_clock::now() - start);
        CheckConfig check;
        check.allocator = config_.allocator;
        check.scenario = scenario;
        check.scope = config_.scope;
        check.search = search;
        check.seed = config_.seed;
        check.jobs = config_.jobs;
        // Nobody looks at how one that does not cure fails.
        check.shrink_limit = report_.failure ? milliseconds(0) : shrink_limit;
        check.budget = std::max<Nanoseconds>(rest / left--, least_budget);
        if (!thorough) check.executions = quick_executions;
        if (change != nullptr) check.change = *change;
        CheckReport result = run_check(check, make_(scenario), false, watcher_, stop_);
        trial.executions += result.executions;
        report_.executions += result.executions;
        if (!result.failure) continue;
        if (says_nothing(*result.failure)) {
          report_.notes.push_back(
              fmt::format("{} {}, {}: {}", config_.allocator, scenario,
                          change == nullptr ? "as it is written" : change_text(*change),
                          result.failure->message));
          continue;
        }
        trial.failure = std::move(result.failure);
        trial.scenario = scenario;
        trial.search = search;
        trial.seconds += in_seconds(steady_clock::now() - start);
        return;
      }
    }
    trial.thorough = trial.thorough || thorough;
    trial.seconds += in_seconds(steady_clock::now() - start);
  }

  AuditTrial& trial_of(AuditSite& site, Order order) {
    for (AuditTrial& trial : site.trials) {
      if (trial.order == order) return trial;
    }
    AuditTrial& trial = site.trials.emplace_back();
    trial.order = order;
    return trial;
  }
  void search(AuditSite& site, AuditTrial& trial, Nanoseconds budget, bool thorough) {
    const OrderChange change{site.source.place, trial.order};
    watcher_.begin(fmt::format("{}: {} {} as {}", place_text(site.source.place),
                               site.source.operation, name_of(site.source.written),
                               name_of(trial.order)));
    search(trial, &change, budget, thorough);
  }

  // Of the first step that does not fail as a whole, those that do not; each has had a quick look.
  std::vector<AuditTrial*> survivors(AuditSite& site) {
    std::vector<AuditTrial*> alive;
    for (const std::vector<Order>& step :
         weaker_orders(site.source.operation, site.source.written)) {
      for (const Order order : step) {
        if (stopped()) return {};
        AuditTrial& trial = trial_of(site, order);
        if (trial.executions == 0) search(site, trial, quick_budget, false);
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
        if (!trial->thorough) open.push_back({&site, trial});
      }
    }
    return open;
  }

  void weaken() {
    for (std::vector<Open> open = open_trials(); !open.empty() && !stopped();
         open = open_trials()) {
      const auto& [site, trial] = open.front();
      search(*site, *trial, deadline_left() / static_cast<std::int64_t>(open.size()), true);
    }
    for (AuditSite& site : report_.sites) {
      if (!site.reached || stopped()) continue;
      for (const AuditTrial* trial : survivors(site)) site.survivors.push_back(trial->order);
      site.verdict = site.trials.empty()      ? Verdict::relaxed
                     : site.survivors.empty() ? Verdict::needed
                                              : Verdict::not_shown;
    }
  }

  // The strongest order first: where that is no cure, no other is. Then down to the weakest that
  // is one.
  void strengthen() {
    std::vector<AuditSite*> candidates;
    for (AuditSite& site : report_.sites) {
      const Steps steps = stronger_orders(site.source.operation, site.source.written);
      if (!site.reached || steps.empty() || stopped()) continue;
      AuditTrial& trial = trial_of(site, steps[0][0]);
      search(site, trial, quick_budget, false);
      site.verdict = Verdict::no_cure;
      if (!trial.failure) candidates.push_back(&site);
    }
    for (std::size_t i = 0; i != candidates.size(); ++i) {
      AuditSite& site = *candidates[i];
      const Steps steps = stronger_orders(site.source.operation, site.source.written);
      const Nanoseconds share = deadline_left() / static_cast<std::int64_t>(candidates.size() - i);
      for (const std::vector<Order>& step : steps) {
        std::vector<Order> cures;
        for (const Order order : step) {
          if (stopped()) return;
          AuditTrial& trial = trial_of(site, order);
          search(site, trial, share / static_cast<int>(steps.size() * step.size()), true);
          if (!trial.failure) cures.push_back(order);
        }
        if (cures.empty()) break;
        site.survivors = std::move(cures);
        site.verdict = Verdict::cure;
      }
    }
  }

  const AuditConfig& config_;
  const MakeScenario& make_;
  const std::atomic<bool>& stop_;
  const steady_clock::time_point start_ = steady_clock::now();
  Watcher watcher_;
  AuditReport report_;
};

// May operation have this order?
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

AuditReport run_audit(const AuditConfig& config, const MakeScenario& make,
                      const std::atomic<bool>& stop) {
  return Auditor(config, make, stop).run();
}

std::vector<std::vector<std::memory_order>> weaker_orders(std::string_view operation,
                                                          std::memory_order written) {
  Steps steps = orders_of(operation);
  const auto its_own = std::find_if(steps.begin(), steps.end(), [&](const auto& step) {
    return std::find(step.begin(), step.end(), written) != step.end();
  });
  if (its_own == steps.end()) return {};  // an order that it cannot have
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
