// The table entries of an allocator of pieces of any size, under every scenario for these.
#pragma once

#include <array>

#include "allocators/std_backend.hpp"
#include "harness/sized/sized_run.hpp"
#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/observed_backend.hpp"
#include "harness/subjects/subjects.hpp"
#include "scenarios/sized_scenarios.hpp"

namespace poolproof {

// Compiled once, for chaos of any rate: without it, a load and a branch for each access.
template <template <class> class Pool, class Scenario>
std::unique_ptr<StressRun> make_sized_run(const RunConfig& config) {
  using Backend = ChaosBackend<ObservedBackend<StdBackend>>;
  return std::make_unique<SizedRun<Pool<Backend>, Scenario>>(config);
}

template <template <class> class Pool, class... Scenarios>
constexpr auto sized_scenarios_of(ScenarioList<Scenarios...>) {
  return std::array{SubjectScenario{Scenarios::info, make_sized_run<Pool, Scenarios>}...};
}
template <template <class> class Pool>
inline constexpr auto sized_scenarios = sized_scenarios_of<Pool>(SizedScenarios());

}  // namespace poolproof
