// Team: threads that start at the same instant, work for a fixed time, and are counted.
//
// A fixed time and not a fixed count: with a count the last thread to finish works alone, and a
// pool that lets one thread go first looks faster (each thread's own time is short) or slower (a
// core idles at the end) than it is.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <thread>
#include <vector>

#include "../std_backend.hpp"
#include "pool_bench.hpp"

namespace poolproof::bench {

class Team {
 public:
  // For the threads: waits for the others and for the start.
  void ready() noexcept {
    ready_.fetch_add(1, std::memory_order_acq_rel);
    for (unsigned spins = 0; !go_.load(std::memory_order_acquire); ++spins) {
      if (spins < 256) {
        StdBackend::pause();
      } else {
        std::this_thread::yield();  // there may be more threads than cores
      }
    }
  }
  bool working() const noexcept { return !stop_.load(std::memory_order_relaxed); }

  // body(thread, team) calls ready() once, then works while working(), then returns the pairs that
  // it did since ready(). Those it does after the end of the window are too few to matter.
  template <class Body>
  static Window run(unsigned threads, std::chrono::nanoseconds time, Body&& body) {
    Team team;
    Window window;
    std::vector<std::uint64_t> pairs(threads);
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i != threads; ++i) {
      workers.emplace_back([&, i] {
        stay_on_core(i);
        pairs[i] = body(i, team);
      });
    }
    while (team.ready_.load(std::memory_order_acquire) != threads) std::this_thread::yield();
    const std::clock_t cpu = std::clock();
    const auto start = std::chrono::steady_clock::now();
    team.go_.store(true, std::memory_order_release);
    std::this_thread::sleep_for(time);
    team.stop_.store(true, std::memory_order_relaxed);
    window.wall = std::chrono::steady_clock::now() - start;
    window.cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    workers.clear();  // joins
    for (const std::uint64_t count : pairs) window.pairs += count;
    return window;
  }

 private:
  // The calling thread stays on one of the cores that it may use, the nth, cyclically: else threads
  // meet on some runs, and share a core on others.
  static void stay_on_core(unsigned n) noexcept {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    unsigned left = n % static_cast<unsigned>(CPU_COUNT(&allowed));
    for (std::size_t core = 0; core != CPU_SETSIZE; ++core) {
      if (!CPU_ISSET(core, &allowed) || left-- != 0) continue;
      cpu_set_t only;
      CPU_ZERO(&only);
      CPU_SET(core, &only);
      sched_setaffinity(0, sizeof only, &only);  // of this thread; stays as it is if refused
      return;
    }
  }

  alignas(64) std::atomic<unsigned> ready_{0};
  alignas(64) std::atomic<bool> go_{false};
  std::atomic<bool> stop_{false};
};

}  // namespace poolproof::bench
