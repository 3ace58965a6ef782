#include "workers.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace poolproof {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds poll_interval(5);
constexpr milliseconds progress_interval(100);
constexpr milliseconds keep_interval(1000);
constexpr milliseconds hang_limit(10'000);  // without an execution that ends

}  // namespace

Workers::Workers(const CheckConfig& config, const MakeModel& make, Time start, ResumeFile* file)
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
      const WorkerResume resume{states_[job], file_ == nullptr ? nullptr : &*checkpoints_[job]};
      work(config_, make, slice, start_ + config_.budget, *stop_, resume, *pages_[job],
           {*end_states_, states_seen_});
    });
  }
}

void Workers::watch(CheckWatcher& watcher, const std::atomic<bool>& stop) {
  Time next_keep = start_ + keep_interval;
  for (Time next_progress = start_ + progress_interval; !all_ended();) {
    std::this_thread::sleep_for(poll_interval);
    // Of an automatic search, those whose part is covered meanwhile search on by chance.
    if (stop.load(std::memory_order_relaxed) || exhausted()) {
      stop_->store(true, std::memory_order_relaxed);
    }
    const Time now = steady_clock::now();
    if (now < next_progress) continue;
    next_progress = now + progress_interval;
    if (now >= next_keep) {
      next_keep = now + keep_interval;
      keep_states();
    }
    CheckReport report;
    report.executions = executions();
    report.earlier = earlier();
    report.seconds = in_seconds(now - start_);
    report.share = share();
    report.systematic = systematic();
    watcher.update(report);
  }
  keep_states();
}

// A search that fails stands where it stood before, so that it fails again when it is resumed.
void Workers::keep_states() {
  if (file_ == nullptr) return;
  for (std::size_t job = 0; job != checkpoints_.size(); ++job) {
    if (auto state = checkpoints_[job]->get()) states_[job] = std::move(*state);
  }
  file_->put(config_, states_);
}

std::uint64_t Workers::executions() const {
  std::uint64_t sum = 0;
  for (const auto& page : pages_) sum += page->executions.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t Workers::earlier() const {
  std::uint64_t sum = 0;
  for (const auto& page : pages_) sum += page->earlier.load(std::memory_order_relaxed);
  return sum;
}

double Workers::share() const {
  double sum = 0;
  for (const auto& page : pages_) sum += page->share.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t Workers::executions_with(Event event) const {
  std::uint64_t sum = 0;
  for (const auto& page : pages_) sum += page->executions_with[static_cast<std::size_t>(event)];
  return sum;
}

std::uint64_t Workers::stopped() const {
  std::uint64_t sum = 0;
  for (const auto& page : pages_) sum += page->stopped;
  return sum;
}

bool Workers::exhausted() const {
  return std::all_of(pages_.begin(), pages_.end(), [](const auto& page) {
    return page->exhausted.load(std::memory_order_relaxed);
  });
}

std::uint64_t Workers::systematic() const {
  std::uint64_t sum = 0;
  for (const auto& page : pages_) sum += page->systematic.load(std::memory_order_relaxed);
  return sum;
}

// Of each search, what all workers did together. One that grows its bound comes to another one in
// each: only what all of them have searched to the end is exhausted.
std::vector<CheckSearched> Workers::searched() const {
  std::vector<CheckSearched> all;
  std::vector<std::size_t> ended;  // workers, of each of these
  for (const auto& page : pages_) {
    for (std::uint32_t i = 0; i != page->searched.size; ++i) {
      const CheckSearched& part = page->searched.all[i];
      const auto same = std::find_if(all.begin(), all.end(), [&](const CheckSearched& known) {
        return known.search == part.search;
      });
      const auto index = static_cast<std::size_t>(same - all.begin());
      if (same == all.end()) {
        all.push_back({.search = part.search, .chance = part.chance});
        ended.push_back(0);
      }
      all[index].executions += part.executions;
      all[index].longer += part.longer;
      all[index].share += part.share;
      ended[index] += part.exhausted ? 1 : 0;
    }
  }
  for (std::size_t i = 0; i != all.size(); ++i) all[i].exhausted = ended[i] == pages_.size();
  return all;
}

bool Workers::all_ended() {
  bool all = true;
  for (std::size_t job = 0; job != processes_.size(); ++job) {
    if (!processes_[job].ended()) {
      all = false;
      look_for_hang(job);
    } else if (!found_) {
      look_at_end(job);
    }
  }
  return all;
}

void Workers::look_for_hang(std::size_t job) {
  Move& last = last_move_[job];
  const std::uint64_t now = pages_[job]->executions.load(std::memory_order_relaxed);
  last = now == last.executions ? Move{now, last.waited + poll_interval} : Move{now};
  if (last.waited < hang_limit) return;
  processes_[job].kill();
  if (!found_) find(job, "progress", "one execution has not ended for 10 s", false);
}

void Workers::look_at_end(std::size_t job) {
  const WorkerPage& page = *pages_[job];
  if (const auto death = processes_[job].death()) {
    find(job, "crash", *death, false);
  } else if (page.end == WorkerPage::End::failed) {
    find(job, page.oracle.get(), page.message.get(), true);
  }
}

void Workers::find(std::size_t job, std::string oracle, std::string message, bool alive) {
  WorkerPage& page = *pages_[job];
  // The one in which it died.
  if (!alive) page.executions.fetch_add(1, std::memory_order_relaxed);
  found_ = FoundByWorker{{config_.scope, page.record.get(), std::move(oracle), std::move(message)},
                         alive && page.record.complete(),
                         page.running};
  stop_->store(true, std::memory_order_relaxed);
}

}  // namespace poolproof
