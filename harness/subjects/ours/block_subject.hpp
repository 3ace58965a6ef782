// The table entries of a block allocator, under every block scenario, with chaos and without.
#pragma once

#include <array>

#include "allocators/std_backend.hpp"
#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/observed_backend.hpp"
#include "harness/stress/runs/block_run.hpp"
#include "harness/subjects/subjects.hpp"
#include "scenarios/block_scenarios.hpp"

namespace poolproof {

template <template <class> class Pool, class Scenario>
std::unique_ptr<StressRun> make_block_run(const RunConfig& config) {
  using Plain = ObservedBackend<StdBackend>;
  if (config.chaos_one_in == 0) return std::make_unique<BlockRun<Pool<Plain>, Scenario>>(config);
  return std::make_unique<BlockRun<Pool<ChaosBackend<Plain>>, Scenario>>(config);
}

template <template <class> class Pool, class... Scenarios>
constexpr auto block_scenarios_of(ScenarioList<Scenarios...>) {
  return std::array{SubjectScenario{Scenarios::info, make_block_run<Pool, Scenarios>}...};
}
template <template <class> class Pool>
inline constexpr auto block_scenarios = block_scenarios_of<Pool>(BlockScenarios());

}  // namespace poolproof
