#include <array>
#include <memory>

#include "allocators/std_backend.hpp"
#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/observed_backend.hpp"
#include "harness/stress/runs/linear_run.hpp"
#include "harness/subjects/subjects.hpp"
#include "scenarios/linear_scenarios.hpp"

namespace poolproof {

namespace {

template <template <class> class Linear, class Scenario>
std::unique_ptr<StressRun> make_linear_run(const RunConfig& config) {
  using Plain = ObservedBackend<StdBackend>;
  if (config.chaos_one_in == 0) {
    return std::make_unique<LinearRun<Linear<Plain>, Scenario>>(config);
  }
  return std::make_unique<LinearRun<Linear<ChaosBackend<Plain>>, Scenario>>(config);
}

template <class B>
using BufferLinear = AsyncLinearAllocator<B>;
template <class B>
using InlineLinear = StaticLinear<B>;

template <template <class> class Linear, class... Scenarios>
constexpr auto scenarios_of(ScenarioList<Scenarios...>) {
  return std::array{SubjectScenario{Scenarios::info, make_linear_run<Linear, Scenarios>}...};
}
constexpr auto linear_scenarios = scenarios_of<BufferLinear>(LinearScenarios());
constexpr auto static_scenarios = scenarios_of<InlineLinear>(LinearScenarios());

}  // namespace

constinit const Subject async_linear_subject{
    .name = "async_linear",
    .summary = "a bump pointer by fetch-add",
    .family = Family::linear,
    .sound = true,
    .aba_prone = false,
    .model_checked = true,
    .scenarios = linear_scenarios,
};
constinit const Subject async_static_subject{
    .name = "async_static",
    .summary = "async_linear over its own inline storage",
    .family = Family::linear,
    .sound = true,
    .aba_prone = false,
    .model_checked = false,
    .scenarios = static_scenarios,
};

}  // namespace poolproof
