// The cells of one contender: each workload, the delays, the memory.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "pool_bench.hpp"
#include "pool_bench_delays.hpp"
#include "pool_bench_team.hpp"
#include "pool_bench_workloads.hpp"

namespace poolproof::bench {

inline constexpr int warm_up_steps = 32;

// Linear contenders bring a number of their own: see Bump in pool_bench_controls.cpp.
template <class C>
constexpr std::size_t blocks_of() noexcept {
  if constexpr (requires { C::blocks; }) return C::blocks;
  return run_blocks;
}

template <class C, template <class> class Workload>
Window run_cell(unsigned threads, std::chrono::nanoseconds time) {
  using Handle = typename C::Handle;
  using Work = Workload<Handle>;
  const auto pool = std::make_unique<C>(blocks_of<C>(), threads);
  Shared shared;
  Window window = Team::run(threads, time, [&](unsigned thread, Team& team) {
    Handle handle(*pool);
    Work work(handle, shared, thread);
    for (int i = 0; i != warm_up_steps; ++i) work.step();
    team.ready();
    const std::uint64_t before = work.pairs();
    do {  // at least once, so that there is something to count
      work.step();
    } while (team.working());
    const std::uint64_t pairs = work.pairs() - before;
    work.finish();
    return pairs;
  });
  if constexpr (requires(Handle & handle) { Work::drain(handle, shared); }) {
    Handle handle(*pool);
    Work::drain(handle, shared);
  }
  window.ran_dry = shared.ran_dry.load(std::memory_order_relaxed);
  return window;
}

// Churn, a clock around each pair.
template <class C>
Delays run_delays(unsigned threads, std::chrono::nanoseconds time) {
  const auto pool = std::make_unique<C>(blocks_of<C>(), threads);
  Histogram all;
  std::mutex mutex;
  const std::uint64_t first = ticks();
  const auto start = std::chrono::steady_clock::now();
  Team::run(threads, time, [&](unsigned, Team& team) {
    typename C::Handle handle(*pool);
    Histogram mine;
    for (int i = 0; i != warm_up_steps; ++i) {
      if (void* block = handle.alloc()) handle.free(block);
    }
    team.ready();
    while (team.working()) {
      const std::uint64_t before = ticks();
      if (void* block = handle.alloc()) {
        *static_cast<volatile std::uint64_t*>(block) = before;
        handle.free(block);
      }
      mine.add(ticks() - before);
    }
    const std::lock_guard lock(mutex);
    all.add(mine);
    return std::uint64_t{0};
  });
  const std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - start;
  const double ns = passed.count() / static_cast<double>(ticks() - first);  // of one tick
  const auto in_ns = [&](std::uint64_t value) { return static_cast<double>(value) * ns; };
  return {in_ns(all.quantile(0.5)), in_ns(all.quantile(0.99)), in_ns(all.quantile(0.999)),
          in_ns(all.most())};
}

// Leaks on purpose: the process that calls it only measures itself, and ends.
template <class C>
bool fill() {
  auto* pool = new C(filled_blocks, 1);
  auto* handle = new typename C::Handle(*pool);
  for (std::size_t i = 0; i != filled_blocks; ++i) {
    void* block = handle->alloc();
    if (block == nullptr) return false;
    *static_cast<volatile std::uint64_t*>(block) = i;
  }
  return true;
}

template <Contender C>
void add(Contenders& contenders, const char* name, Group group, Kind kind, const char* control) {
  Entry entry{name, group, kind, control, {}, run_delays<C>, fill<C>};
  entry.cells.push_back({Churn<typename C::Handle>::name, run_cell<C, Churn>});
  if (takes_blocks_back(kind)) {
    entry.cells.push_back({Random<typename C::Handle>::name, run_cell<C, Random>});
    entry.cells.push_back({Batch<typename C::Handle>::name, run_cell<C, Batch>});
    entry.cells.push_back({Bucket<typename C::Handle>::name, run_cell<C, Bucket>});
  }
  if (takes_blocks_back(kind) && for_threads(kind)) {
    entry.cells.push_back({OneWay<typename C::Handle>::name, run_cell<C, OneWay>});
  }
  contenders.entries.push_back(std::move(entry));
}

}  // namespace poolproof::bench
