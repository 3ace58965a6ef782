#include "workers.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace poolproof {

namespace {

using std::chrono::milliseconds;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr milliseconds poll_interval(5);
constexpr milliseconds progress_interval(100);
constexpr milliseconds keep_interval(1000);
constexpr milliseconds hang_limit(10'000);  // without an execution that ends

// Adds up what the workers have done.
class Total {
 public:
  void add_counts(const WorkerPage& page) {
    report_.executions += page.executions.load(relaxed);
    report_.earlier += page.earlier.load(relaxed);
    report_.share += page.share.load(relaxed);
    report_.systematic += page.systematic.load(relaxed);
  }

  void add_results(const WorkerPage& page) {
    const auto with = [&](Event event) {
      return page.executions_with[static_cast<std::size_t>(event)];
    };
    report_.aba_windows += with(Event::aba_window);
    report_.recycles += with(Event::recycle);
    report_.claims += with(Event::claim);
    report_.grows += with(Event::grow);
    report_.stopped += page.stopped;
    report_.discarded += page.discarded;
    report_.guessed += page.guessed;
    for (std::uint32_t i = 0; i != page.searched.size; ++i) add_search(page.searched.all[i]);
  }

  // Workers whose search grows its bound may end with different bounds. A search is exhausted only
  // if each of the workers has exhausted its part of it.
  CheckReport report(std::size_t workers) && {
    for (std::size_t i = 0; i != exhausted_by_.size(); ++i) {
      report_.searched[i].exhausted = exhausted_by_[i] == workers;
    }
    return std::move(report_);
  }

 private:
  void add_search(const CheckSearched& part) {
    std::vector<CheckSearched>& all = report_.searched;
    const auto same = std::find_if(all.begin(), all.end(), [&](const CheckSearched& known) {
      return known.search == part.search;
    });
    const auto index = static_cast<std::size_t>(same - all.begin());
    if (same == all.end()) {
      all.push_back({.search = part.search, .chance = part.chance});
      exhausted_by_.push_back(0);
    }
    all[index].executions += part.executions;
    all[index].longer += part.longer;
    all[index].share += part.share;
    exhausted_by_[index] += part.exhausted ? 1 : 0;
  }

  CheckReport report_;
  std::vector<std::size_t> exhausted_by_;  // how many workers, for each search of the report
};

}  // namespace

Workers::Workers(const CheckConfig& config, const MakeModel& make, Clock::time_point start,
                 ResumeFile* file)
    : config_(config),
      start_(start),
      pages_(config.jobs),
      file_(file),
      states_(file == nullptr ? std::vector<std::string>(config.jobs) : file->states(config)),
      checkpoints_(file == nullptr ? 0 : config.jobs),
      last_move_(config.jobs) {
  for (std::uint32_t job = 0; job != config.jobs; ++job) {
    const Slice slice{config.shard - 1, config.shards, job, config.jobs};
    processes_.emplace_back([this, &make, slice, job] {
      work({.config = config_,
            .make = make,
            .slice = slice,
            .deadline = start_ + config_.budget,
            .stop = *stop_,
            .resume = {states_[job], file_ == nullptr ? nullptr : &*checkpoints_[job]},
            .page = *pages_[job],
            .states = {*end_states_, states_seen_}});
    });
  }
}

void Workers::watch(CheckWatcher& watcher, const std::atomic<bool>& stop) {
  Clock::time_point next_keep = start_ + keep_interval;
  for (Clock::time_point next_progress = start_ + progress_interval; !all_ended();) {
    std::this_thread::sleep_for(poll_interval);
    // In an automatic search a worker whose part is covered goes on at random until all are
    // covered.
    if (stop.load(relaxed) || exhausted()) {
      stop_->store(true, relaxed);
    }
    const Clock::time_point now = Clock::now();
    if (now < next_progress) continue;
    next_progress = now + progress_interval;
    if (now >= next_keep) {
      next_keep = now + keep_interval;
      keep_states();
    }
    watcher.update(report());
  }
  keep_states();
}

// A search that fails keeps the state from before its failure, so that it fails again when it is
// resumed.
void Workers::keep_states() {
  if (file_ == nullptr) return;
  for (std::size_t job = 0; job != checkpoints_.size(); ++job) {
    if (auto state = checkpoints_[job]->get()) states_[job] = std::move(*state);
  }
  file_->put(config_, states_);
}

bool Workers::exhausted() const {
  return std::all_of(pages_.begin(), pages_.end(),
                     [](const auto& page) { return page->exhausted.load(relaxed); });
}

CheckReport Workers::report() const {
  Total total;
  for (std::size_t job = 0; job != pages_.size(); ++job) {
    total.add_counts(*pages_[job]);
    if (processes_[job].ended()) total.add_results(*pages_[job]);
  }
  CheckReport report = std::move(total).report(pages_.size());
  report.seconds = in_seconds(Clock::now() - start_);
  report.end_states = end_states_->count();
  report.exhausted = exhausted();
  if (report.exhausted) report.share = 1;
  return report;
}

bool Workers::all_ended() {
  bool all = true;
  for (std::size_t job = 0; job != processes_.size(); ++job) {
    if (!processes_[job].poll()) {
      all = false;
      look_for_hang(job);
    } else if (!found_) {
      look_at_end(job);
    }
  }
  return all;
}

bool Workers::is_lost(std::size_t job) {
  auto reason = processes_[job].done_from_outside();
  if (!reason) return false;
  if (!done_from_outside_) done_from_outside_ = std::move(reason);
  stop_->store(true, relaxed);
  return true;
}

// A machine under load may give a worker no processor for long, and code under test may have much
// to do in its constructor. So this asks how much processor time went without a step.
bool Workers::hangs(std::size_t job) {
  WorkerPage& page = *pages_[job];
  Move& last = last_move_[job];
  const auto now = processes_[job].processor_time().value_or(last.processor_time);
  const std::uint64_t executions = page.executions.load(relaxed);
  const std::uint32_t steps = std::atomic_ref(page.record.size).load(relaxed);
  if (executions != last.executions || steps != last.steps) {
    last = {.executions = executions, .steps = steps, .processor_time = now};
    return false;
  }
  last.waited += poll_interval;
  const Nanoseconds used = now - last.processor_time;
  const bool waits = used < last.waited / 100;
  return used >= hang_limit || (waits && last.waited >= hang_limit) ||
         last.waited >= 10 * hang_limit;
}

void Workers::look_for_hang(std::size_t job) {
  if (!hangs(job)) return;
  const bool lost = is_lost(job);
  processes_[job].kill();
  if (!found_ && !lost) find(job, "progress", "one execution has not ended for 10 s", false);
}

void Workers::look_at_end(std::size_t job) {
  if (is_lost(job)) return;
  const WorkerPage& page = *pages_[job];
  if (const auto death = processes_[job].death()) {
    find(job, "crash", *death, false);
  } else if (page.end == WorkerPage::End::failed) {
    find(job, page.oracle.get(), page.message.get(), true);
  }
}

void Workers::find(std::size_t job, std::string oracle, std::string message, bool alive) {
  WorkerPage& page = *pages_[job];
  // The execution in which it died counts too.
  if (!alive) page.executions.fetch_add(1, relaxed);
  found_ =
      FoundByWorker{{page.running.scope, page.record.get(), std::move(oracle), std::move(message)},
                    page.record.complete(),
                    alive,
                    page.running};
  stop_->store(true, relaxed);
}

}  // namespace poolproof
