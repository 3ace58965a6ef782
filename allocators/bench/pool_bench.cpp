// Our allocators beside their peers. ci/bench runs this and prints the tables.
//
// Google Benchmark gives the command line, the choice of cells, the random interleaving of all
// repetitions (so that a slow minute of the machine hits all contenders alike) and the JSON. The
// time is our own: its fixed counts and the mean of the threads' times flatter an unfair pool when
// there are more threads than cores (see Team). So each repetition is one iteration, which works
// for --ms milliseconds, and the result is a counter.
//
// Names: WORKLOAD/CONTENDER/THREADS, delays/CONTENDER/THREADS, memory/CONTENDER and
// grown/CONTENDER/BLOCKS.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "pool_bench.hpp"
#include "pool_bench_heaps.hpp"

namespace poolproof::bench {
namespace {

using std::chrono::milliseconds;

const char* name_of(Group group) {
  switch (group) {
    case Group::floor:
      return "floor";
    case Group::control:
      return "control";
    case Group::ours:
      return "ours";
    case Group::peer:
      return "peer";
  }
  return "";
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::single:
      return "single";
    case Kind::shared:
      return "shared";
    case Kind::bump:
      return "bump";
    case Kind::shared_bump:
      return "shared bump";
  }
  return "";
}

// What the table needs to know of a contender: "group|kind|control".
std::string label(const Entry& entry) {
  return std::string(name_of(entry.group)) + '|' + name_of(entry.kind) + '|' + entry.control;
}

void once(std::string name, const std::function<void(benchmark::State&)>& body) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [body](benchmark::State& state) {
                                 for (auto _ : state) body(state);
                               })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void add_rate(const Entry& entry, const Entry::Cell& cell, unsigned threads, milliseconds time) {
  const unsigned cores = std::min(threads, std::max(1u, std::thread::hardware_concurrency()));
  once(cell.workload + '/' + entry.name + '/' + std::to_string(threads),
       [&entry, &cell, threads, cores, time](benchmark::State& state) {
         const Window window = cell.run(threads, time);
         if (window.ran_dry) return state.SkipWithError("it ran dry");
         state.counters["core_ns"] =
             cores * static_cast<double>(window.wall.count()) / static_cast<double>(window.pairs);
         // How much of its cores it had: the rest went to other programs, or it slept.
         state.counters["share"] =
             window.cpu_seconds / cores / std::chrono::duration<double>(window.wall).count();
         state.SetLabel(label(entry));
       });
}

void add_delays(const Entry& entry, unsigned threads, milliseconds time) {
  once("delays/" + entry.name + '/' + std::to_string(threads),
       [&entry, threads, time](benchmark::State& state) {
         const Delays delays = entry.delays(threads, time);
         state.counters["p50"] = delays.p50;
         state.counters["p99"] = delays.p99;
         state.counters["p999"] = delays.p999;
         state.counters["max"] = delays.most;
         state.SetLabel(label(entry));
       });
}

void add_memory(const Entry& entry) {
  once("memory/" + entry.name, [&entry](benchmark::State& state) {
    state.counters["bytes"] = static_cast<double>(filled_bytes(entry));
    state.SetLabel(label(entry));
  });
}

void add_grown_cells(const Grown& grown, milliseconds time) {
  for (std::size_t blocks = 100; blocks <= 10'000'000; blocks *= 10) {
    once("grown/" + grown.name + '/' + std::to_string(blocks),
         [&grown, blocks, time](benchmark::State& state) {
           const Window window = grown.run(blocks, time);
           state.counters["core_ns"] =
               static_cast<double>(window.wall.count()) / static_cast<double>(window.pairs);
           state.SetLabel("ours|single|");
         });
  }
}

void add_cells(const Contenders& contenders, milliseconds time) {
  for (const Entry& entry : contenders.entries) {
    for (const unsigned threads : {1u, 2u, 4u, 8u}) {
      if (threads != 1 && !for_threads(entry.kind)) continue;
      for (const Entry::Cell& cell : entry.cells) {
        if (threads != 1 || cell.workload != "one_way") add_rate(entry, cell, threads, time);
      }
      if (entry.delays && (threads == 2 || threads == 8)) add_delays(entry, threads, time);
    }
    if (entry.fill) add_memory(entry);
  }
  for (const Grown& grown : contenders.grown) add_grown_cells(grown, time);
}

Contenders all_contenders() {
  Contenders contenders;
  load_heaps();
  add_controls(contenders);
  add_ours(contenders);
  add_grown(contenders);
  add_lockfree_peers(contenders);
  add_pool_peers(contenders);
  add_heap_peers(contenders);
  add_sized_contenders(contenders);
  return contenders;
}

// The value of an option that is ours, or nullptr. Google Benchmark gets the others.
const char* value_of(const char* argument, const std::string& option) {
  return std::strncmp(argument, option.c_str(), option.size()) == 0 ? argument + option.size()
                                                                    : nullptr;
}

int print_filled(const Contenders& contenders, const char* name) {
  for (const Entry& entry : contenders.entries) {
    if (entry.name == name) return std::printf("%ld\n", fill_and_look(entry)) > 0 ? 0 : 1;
  }
  return 2;
}

int run(int count, char** arguments) {
  const Contenders contenders = all_contenders();
  long ms = 50;
  int kept = 1;
  for (int i = 1; i != count; ++i) {
    if (const char* name = value_of(arguments[i], fill_option)) {
      return print_filled(contenders, name);
    }
    if (const char* number = value_of(arguments[i], "--ms=")) {
      ms = std::clamp(std::strtol(number, nullptr, 10), 1L, 60'000L);
    } else {
      arguments[kept++] = arguments[i];
    }
  }
  add_cells(contenders, milliseconds(ms));
  benchmark::AddCustomContext("ms", std::to_string(ms));
  for (const Absent& absent : contenders.absent) {
    benchmark::AddCustomContext("left out: " + absent.name, absent.why);
  }
  benchmark::Initialize(&kept, arguments);
  if (benchmark::ReportUnrecognizedArguments(kept, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace poolproof::bench

int main(int count, char** arguments) { return poolproof::bench::run(count, arguments); }
