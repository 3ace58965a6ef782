#include "stress_run.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/observed_backend.hpp"

namespace poolproof {

namespace {

constexpr Nanoseconds brief_round = std::chrono::microseconds(20);
constexpr int brief_share = 20;  // one part of the time in so many
constexpr Nanoseconds longest_round = std::chrono::milliseconds(100);
constexpr Nanoseconds watch_interval = std::chrono::milliseconds(50);

std::string_view name_of(std::uint64_t doing) {
  constexpr std::string_view names[] = {"between operations", "in alloc", "in free", "at rest"};
  return names[doing & 3];
}

bool is_resting(std::uint64_t activity) {
  return static_cast<ActorState::Doing>(activity & 3) == ActorState::Doing::resting;
}

}  // namespace

StressRun::StressRun(const RunConfig& config)
    : config_(config),
      start_(Clock::now()),
      actors_(std::make_unique<ActorState[]>(config.threads)),
      rest_(config.threads),
      round_end_(Clock::now()) {}

RunReport StressRun::run(const std::function<void(const Progress&)>& progress,
                         const std::atomic<bool>& stop) {
  std::vector<std::thread> threads;
  try {
    for (std::uint32_t i = 0; i != config_.threads; ++i) {
      threads.emplace_back([this, i] { actor_main(i); });
    }
  } catch (const std::system_error& error) {
    for (auto& thread : threads) thread.detach();  // they wait for the others, who never come
    hung_ = true;
    RunReport report;
    report.reason =
        fmt::format("only {} threads could be started: {}", threads.size(), error.what());
    return report;
  }
  hung_ = !watch(progress, stop);
  if (hung_) {
    for (auto& thread : threads) thread.detach();
    return make_report();
  }
  for (auto& thread : threads) thread.join();
  return make_report();
}

void StressRun::actor_main(std::uint32_t actor) {
  const auto come_to_rest = [this] { rest_.arrive_and_wait([this] { at_rest(); }); };
  ActorState& state = actors_[actor];
  chaos = Chaos(config_.chaos_one_in, config_.seed, std::uint64_t{actor} + (1ULL << 32));
  event_counts = {};
  state.begin(ActorState::Doing::resting);
  come_to_rest();
  while (!finished_.load(std::memory_order_relaxed)) {
    act(actor);
    state.begin(ActorState::Doing::resting);
    come_to_rest();
  }
  state.delays = chaos.delays();
  state.events = event_counts;
  ended_.fetch_add(1, std::memory_order_release);  // publishes the state to the watchdog
}

void StressRun::on_new_thread(const std::function<void()>& work,
                              std::unique_ptr<LingeringThread>* lingers) {
  Chaos delays = chaos;
  EventCounts events = event_counts;
  const auto with_those = [&] {
    chaos = delays;
    event_counts = events;
    work();
    delays = chaos;
    events = event_counts;
  };
  auto thread = std::make_unique<LingeringThread>(with_those);
  if (lingers != nullptr) lingers->reset();  // the one before ends while others are at work
  thread->wait();
  if (lingers != nullptr) *lingers = std::move(thread);
  thread.reset();
  chaos = delays;
  event_counts = events;
}

// The barrier orders this before and after everything that the actors do.
void StressRun::at_rest() {
  const std::uint64_t rest = rests_.fetch_add(1, std::memory_order_relaxed);
  if (rest == 0) {  // all are there
    set_up();
    start_.store(Clock::now(), std::memory_order_relaxed);
    log_.start(start_.load(std::memory_order_relaxed));
    schedule_round(false);
    return;
  }
  const Chaos acting = std::exchange(chaos, Chaos());  // nobody is there to be delayed for
  check_at_rest();
  chaos = acting;
  const bool time_up = elapsed() >= config_.budget;
  const bool give_up = log_.failed() && !config_.keep_going;
  if (give_up || time_up || stopped_.load(std::memory_order_relaxed)) {
    finished_.store(true, std::memory_order_relaxed);
    return;
  }
  log_.clear_round();
  set_up();
  // Blocks are carved in the first moments of a pool, so there are many pools of two brief rounds.
  // What they cost beside the rounds, with many threads, counts too.
  schedule_round(rest % 2 == 0 ? brief_time_ * brief_share < elapsed() : brief_);
}

void StressRun::set_up() {
  clockid_t clock = 0;
  pthread_getcpuclockid(pthread_self(), &clock);
  set_up_clock_.store(clock, std::memory_order_relaxed);
  set_up_start_.store(time_on(clock), std::memory_order_relaxed);
  setting_up_.store(true, std::memory_order_release);
  start_round();
  setting_up_.store(false, std::memory_order_relaxed);
}

// A set-up may take long, under load above all, as long as it uses a processor and comes to an end.
bool StressRun::set_up_goes_on() {
  if (!setting_up_.load(std::memory_order_acquire)) return false;
  const Nanoseconds now = time_on(set_up_clock_.load(std::memory_order_relaxed));
  const bool moves = std::exchange(set_up_seen_, now) != now;
  return moves && now - set_up_start_.load(std::memory_order_relaxed) < 10 * config_.stall_limit;
}

// Short rounds at first: a bug that shows only at rest is then heartbeats early.
void StressRun::schedule_round(bool brief) {
  const auto now = Clock::now();
  if (brief_) brief_time_ += now - round_start_;
  brief_ = brief;
  round_start_ = now;
  round_end_.store(std::min(round_start_ + (brief ? brief_round : round_length_),
                            start_.load(std::memory_order_relaxed) + config_.budget),
                   std::memory_order_relaxed);
  if (!brief) round_length_ = std::min(round_length_ * 2, longest_round);
  over_.store(false, std::memory_order_relaxed);
}

Progress StressRun::progress_now() const {
  Progress progress;
  progress.seconds = in_seconds(elapsed());
  for (std::uint32_t i = 0; i != config_.threads; ++i) {
    progress.pairs += actors_[i].pairs.load(std::memory_order_relaxed);
  }
  return progress;
}

// Whoever stands still too long, in words. An actor at rest waits for the others, so it counts only
// when all of them rest: then the check is stuck.
std::optional<std::string> StressRun::find_stuck(const std::vector<Heartbeat>& heartbeats) const {
  const auto rests = [](const Heartbeat& s) { return is_resting(s.activity); };
  const bool all_rest = std::all_of(heartbeats.begin(), heartbeats.end(), rests);
  // The check begins when the last one comes to rest.
  const auto last =
      std::min_element(heartbeats.begin(), heartbeats.end(),
                       [](const Heartbeat& a, const Heartbeat& b) { return a.stands < b.stands; });
  for (std::size_t i = 0; i != heartbeats.size(); ++i) {
    const Nanoseconds stands = all_rest ? last->stands : heartbeats[i].stands;
    if (stands < config_.stall_limit || (rests(heartbeats[i]) && !all_rest)) continue;
    const double seconds = in_seconds(stands);
    if (all_rest) {
      const bool setting_up = setting_up_.load(std::memory_order_relaxed);
      return fmt::format("the {} has not ended for {:.1f} s",
                         setting_up ? "set-up of a pool" : "check at rest", seconds);
    }
    return fmt::format("actor {} has stood still for {:.1f} s, {}", i, seconds,
                       name_of(heartbeats[i].activity));
  }
  return std::nullopt;
}

// False when an actor stands still.
bool StressRun::watch(const std::function<void(const Progress&)>& progress,
                      const std::atomic<bool>& stop) {
  std::vector<Heartbeat> heartbeats(config_.threads);
  auto before = Clock::now();
  while (ended_.load(std::memory_order_acquire) != config_.threads) {
    std::this_thread::sleep_for(watch_interval);
    progress(progress_now());
    if (stop.load(std::memory_order_relaxed)) {
      stopped_.store(true, std::memory_order_relaxed);
      over_.store(true, std::memory_order_relaxed);
    }
    // A tick that took long is one in which this process was stopped, too.
    const auto now = Clock::now();
    const Nanoseconds tick = std::min<Nanoseconds>(now - before, 2 * watch_interval);
    before = now;
    const bool sets_up = set_up_goes_on();
    for (std::uint32_t i = 0; i != config_.threads; ++i) {
      const auto activity = actors_[i].activity.load(std::memory_order_relaxed);
      heartbeats[i] = activity != heartbeats[i].activity || sets_up
                          ? Heartbeat{activity, Nanoseconds(0)}
                          : Heartbeat{activity, heartbeats[i].stands + tick};
    }
    if (const auto stuck = find_stuck(heartbeats)) {
      log_.report(stuck_oracle_, *stuck);
      return false;
    }
  }
  return true;
}

RunReport StressRun::make_report() const {
  RunReport report;
  const Progress total = progress_now();
  report.pairs = total.pairs;
  report.seconds = total.seconds;
  const std::uint64_t rests = rests_.load(std::memory_order_relaxed);
  report.rests = rests == 0 ? 0 : rests - 1;
  report.failure = log_.first();
  report.failures = log_.failed_rounds();
  if (!hung_) {
    Latencies latencies;
    for (std::uint32_t i = 0; i != config_.threads; ++i) {
      const ActorState& state = actors_[i];
      report.exhaustions += state.exhaustions;
      report.delays += state.delays;
      report.aba_windows += state.events[static_cast<std::size_t>(Event::aba_window)];
      report.recycles += state.events[static_cast<std::size_t>(Event::recycle)];
      report.claims += state.events[static_cast<std::size_t>(Event::claim)];
      report.grows += state.events[static_cast<std::size_t>(Event::grow)];
      latencies.merge(state.latencies);
    }
    report.latency = latencies.summary();
  }
  if (report.failure) {
    report.verdict = Verdict::fail;
  } else if (stopped_.load(std::memory_order_relaxed)) {
    report.reason = "interrupted";
  } else if (config_.threads == 1) {
    report.reason = "one thread: nothing can interleave";
  } else if (report.pairs == 0) {
    report.reason = "nothing was allocated";
  } else if (!doubt_.empty()) {
    report.reason = doubt_;
  } else {
    report.verdict = Verdict::pass;
  }
  return report;
}

}  // namespace poolproof
