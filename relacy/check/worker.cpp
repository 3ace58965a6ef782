#include "worker.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "relacy/engine/model_engine.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/search/handover_strategy.hpp"
#include "relacy/search/pct_strategy.hpp"
#include "relacy/search/pos_strategy.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/search/selective_strategy.hpp"
#include "relacy/search/tree_strategy.hpp"
#include "relacy/search/walk_strategy.hpp"
#include "scoped_model.hpp"

namespace poolproof {

namespace {

class Worker {
 public:
  explicit Worker(const WorkerJob& job) : job_(job), model_(job.make(job.config.scope)) {
    if (model_ == nullptr) throw std::runtime_error("there is no such model");
  }

  void run() {
    page_.running.search = config_.search;
    page_.running.scope = config_.scope;
    if (config_.search.is_sampled()) {
      search_by_chance();
    } else if (config_.search.kind == CheckSearch::Kind::automatic) {
      search_automatically();
    } else if (config_.search.kind == CheckSearch::Kind::exhaustive) {
      search_exhaustive();
    } else {
      search_tree();
    }
  }

 private:
  static constexpr std::uint64_t repeated_executions = 16;  // see repeats

  bool told_to_stop() const {
    return job_.stop.load(std::memory_order_relaxed) || Clock::now() >= job_.deadline;
  }

  // This worker's share of config_.executions, which are dealt out to the workers in turn.
  std::uint64_t my_executions() const {
    if (config_.executions == 0) return ~std::uint64_t{0};
    if (config_.executions <= slice_.number()) return 0;
    return (config_.executions - slice_.number() - 1) / slice_.of() + 1;
  }

  using Window = SampleWindow;

  std::unique_ptr<Strategy> sampling(const Window& window) const {
    switch (config_.search.kind) {
      case CheckSearch::Kind::pct:
        return std::make_unique<PctStrategy>(config_.seed, window, config_.search.bound, profile_);
      case CheckSearch::Kind::walk:
        return std::make_unique<WalkStrategy>(config_.seed, window, profile_);
      case CheckSearch::Kind::pos:
        return std::make_unique<PosStrategy>(config_.seed, window);
      case CheckSearch::Kind::selective:
        return std::make_unique<SelectiveStrategy>(config_.seed, window, profile_);
      case CheckSearch::Kind::handover:
        return std::make_unique<HandoverStrategy>(config_.seed, window);
      case CheckSearch::Kind::automatic:
      case CheckSearch::Kind::random:
      case CheckSearch::Kind::departures:
      case CheckSearch::Kind::preemptions:
      case CheckSearch::Kind::interleavings:
      case CheckSearch::Kind::exhaustive:
        break;
    }
    return std::make_unique<RandomStrategy>(config_.seed, window);
  }

  // Makes the same executions twice: the first time must leave nothing behind. Returns false, and
  // reports a failure, if the second time differs, as far as there was time for both.
  bool repeats(const Window& window) {
    const auto schedules = [&] {
      std::vector<Schedule> all;
      Limits limits{.executions = repeated_executions,
                    .memory = config_.memory,
                    .stop_one_actor = config_.lock_free};
      limits.stop = [&](std::uint64_t) {
        all.push_back(page_.record.get());
        // Should this process die in the next one, its parent knows which it was.
        page_.executions.store(all.size(), std::memory_order_relaxed);
        return told_to_stop();
      };
      explore(*model_, config_.scope.actors, *sampling(window), limits, &page_.record);
      return all;
    };
    std::vector<Schedule> first = schedules();
    std::vector<Schedule> second = schedules();
    page_.executions.store(0, std::memory_order_relaxed);
    if (told_to_stop()) {
      const std::size_t both = std::min(first.size(), second.size());
      first.resize(both);
      second.resize(both);
    }
    if (first == second) return true;
    finish({.oracle = "nondeterminism",
            .failure = "the same choices led to another execution: the code keeps something from "
                       "one to the next, or depends on addresses or on chance"});
    return false;
  }

  void search_by_chance() {
    const Window window{.first = slice_.number() + 1,
                        .stride = slice_.of(),
                        .last = config_.executions == 0 ? ~std::uint64_t{0} : config_.executions};
    if (config_.search.kind != CheckSearch::Kind::random) {
      profile_ = profile_of(*model_, config_.scope.actors, &page_.record,
                            [this] { return told_to_stop(); });
    }
    if (!repeats(window)) return;
    page_.running.execution = window.first;
    Limits limits{.memory = config_.memory, .stop_one_actor = config_.lock_free};
    limits.stop = [&](std::uint64_t executions) {
      page_.executions.store(executions, std::memory_order_relaxed);
      page_.running.execution = window.first + executions * window.stride;
      states_.ends.add(model_->end_state());
      return told_to_stop();
    };
    const std::unique_ptr<Strategy> strategy = sampling(window);
    const ModelResult result =
        explore(*model_, config_.scope.actors, *strategy, limits, &page_.record);
    page_.executions = result.executions;
    const auto* pct = dynamic_cast<const PctStrategy*>(strategy.get());
    page_.searched.add(pct != nullptr ? pct->searched(config_.scope.actors)
                                      : CheckSearched{config_.search, result.executions});
    finish(result);
  }

  void search_automatically() {
    const std::uint64_t most = my_executions();
    const Window window{.first = slice_.number() + 1, .stride = slice_.of()};
    profile_ =
        profile_of(*model_, config_.scope.actors, &page_.record, [this] { return told_to_stop(); });
    if (!repeats(window)) return;
    if (most == 0) return finish(passed());
    const bool widens = model_->later_actors() == 0;
    Portfolio portfolio({.seed = config_.seed,
                         .window = window,
                         .slice = slice_,
                         .profile = profile_,
                         .actors = config_.scope.actors,
                         .symmetric = model_->is_symmetric(),
                         .exhaustive = !config_.lock_free &&
                                       config_.scope.actors <= ExhaustiveStrategy::most_actors,
                         .scope = config_.scope,
                         .widens = widens,
                         .memory = config_.memory,
                         .states = states(),
                         .dynamic = !model_->has_states()},
                        page_.running);
    Limits limits{.memory = config_.memory, .stop_one_actor = config_.lock_free};
    limits.stop = [&](std::uint64_t executions) {
      page_.executions.store(executions, std::memory_order_relaxed);
      if (portfolio.was_sampled()) states_.ends.add(model_->end_state());
      note_share(portfolio.exhaustive(), made_by(portfolio.exhaustive()));
      page_.exhausted.store(portfolio.covered(), std::memory_order_relaxed);
      return executions >= most || told_to_stop();
    };
    std::optional<ScopedModel> scoped;
    if (widens) scoped.emplace(*model_, job_.make(wider(config_.scope)), page_.running.is_wide);
    ModelTest& model = scoped ? static_cast<ModelTest&>(*scoped) : *model_;
    const ModelResult result =
        explore(model, config_.scope.actors, portfolio, limits, &page_.record);
    page_.executions = result.executions;
    page_.exhausted = portfolio.covered();
    portfolio.report(page_.searched);
    finish(result);
  }

  // Of Relacy's memory states are not told.
  VisitedStates* states() const {
    const bool told = model_->has_states() && config_.memory == Memory::cpp20;
    return told ? &states_.seen : nullptr;
  }

  // Which steps are tried where they demand it depends on all that was tried before, so jobs cannot
  // share such a search.
  void search_exhaustive() {
    if (!model_->has_states() && slice_.job != 0) {
      page_.exhausted = true;
      page_.searched.add({.search = config_.search, .exhausted = true});
      return finish(passed());
    }
    ExhaustiveStrategy strategy({.memory = config_.memory,
                                 .spurious = config_.search.bound,
                                 .symmetric = model_->is_symmetric(),
                                 .states = states(),
                                 .dynamic = !model_->has_states()},
                                model_->has_states() ? slice_ : slice_.undivided());
    search_all(strategy);
  }

  static TreeStrategy::Bound bound_of(const CheckSearch& search) {
    switch (search.kind) {
      case CheckSearch::Kind::departures:
        return TreeStrategy::Bound::departures(search.bound);
      case CheckSearch::Kind::preemptions:
        return search.bound;
      default:
        return TreeStrategy::unlimited;
    }
  }
  void search_tree() {
    TreeStrategy strategy(bound_of(config_.search), config_.seed, slice_);
    search_all(strategy);
  }

  // How many executions the strategy has made, in earlier processes too.
  static std::uint64_t made_by(const TreeStrategy& strategy) { return strategy.executions(); }
  static std::uint64_t made_by(const ExhaustiveStrategy& strategy) {
    return strategy.executions() + strategy.redundant();
  }
  template <class Systematic>
  void note_share(const Systematic& strategy, std::uint64_t made) {
    page_.systematic.store(made, std::memory_order_relaxed);
    page_.share.store(strategy.share(), std::memory_order_relaxed);
  }

  template <class Systematic>
  void search_all(Systematic& strategy) {
    resume(strategy);
    page_.earlier = made_by(strategy);
    const std::uint64_t most = my_executions();
    ModelResult result = passed();
    if (page_.earlier < most) {
      Limits limits{.stale_reads = stale_reads_of(config_.search),
                    .memory = config_.memory,
                    .stop_one_actor = config_.lock_free};
      limits.stop = [&](std::uint64_t) {
        const std::uint64_t made = made_by(strategy);
        page_.executions.store(made, std::memory_order_relaxed);
        note_share(strategy, made);
        const bool stop = made >= most || told_to_stop();
        put_state(strategy, stop);
        return stop;
      };
      result = explore(*model_, config_.scope.actors, strategy, limits, &page_.record);
    }
    note_share(strategy, made_by(strategy));
    page_.executions = made_by(strategy) + (result.passed ? 0 : 1);
    for (std::size_t i = 0; i != event_kinds; ++i) result.executions_with[i] += earlier_[i];
    page_.exhausted = result.exhausted;
    page_.searched.add({.search = config_.search,
                        .executions = page_.executions,
                        .exhausted = result.exhausted,
                        .share = strategy.share()});
    finish(result);
    if (result.exhausted) put_state(strategy, true);
  }

  // The result of no execution.
  static ModelResult passed() {
    ModelResult result;
    result.passed = true;
    return result;
  }
  template <class Systematic>
  void resume(Systematic& strategy) {
    if (job_.resume.from.empty()) return;
    StateReader reader(job_.resume.from);
    for (std::uint64_t& executions : earlier_) executions = reader.number();
    strategy.restore(reader);
  }
  // Puts the state twice a second, and at once if now is set.
  template <class Systematic>
  void put_state(const Systematic& strategy, bool now) {
    if (job_.resume.states == nullptr) return;
    const Clock::time_point time = Clock::now();
    if (!now && time < next_state_) return;
    next_state_ = time + std::chrono::milliseconds(500);
    StateWriter writer;
    for (std::size_t i = 0; i != event_kinds; ++i) {
      writer.number(earlier_[i] + executions_with_events()[i]);
    }
    strategy.save(writer);
    job_.resume.states->put(writer.text());
  }

  void finish(const ModelResult& result) {
    page_.executions_with = result.executions_with;
    page_.stopped = result.stopped;
    page_.discarded = result.discarded;
    page_.guessed = result.guessed;
    page_.oracle.set(result.oracle);
    page_.message.set(result.failure);
    page_.end = result.passed ? WorkerPage::End::passed : WorkerPage::End::failed;
  }

  const WorkerJob& job_;
  const CheckConfig& config_ = job_.config;
  const Slice& slice_ = job_.slice;
  WorkerPage& page_ = job_.page;
  const WorkerStates& states_ = job_.states;
  std::unique_ptr<ModelTest> model_;
  StepProfile profile_;
  // How many executions had each event before the check was resumed.
  std::array<std::uint64_t, event_kinds> earlier_{};
  Clock::time_point next_state_{};
};

}  // namespace

void work(const WorkerJob& job) { Worker(job).run(); }

StaleReads stale_reads_of(const CheckSearch& search) noexcept {
  using Kind = CheckSearch::Kind;
  const bool one = search.kind == Kind::preemptions || search.kind == Kind::interleavings;
  return one ? StaleReads::one : StaleReads::all;
}

}  // namespace poolproof
