#include "allocators/std_backend.hpp"
#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/linear_run.hpp"
#include "harness/stress/observed_backend.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "subjects.hpp"

namespace poolproof {

namespace {

template <template <class> class Linear>
std::unique_ptr<StressRun> make_linear_run(const RunConfig& config) {
  using Plain = ObservedBackend<StdBackend>;
  if (config.chaos_one_in == 0) return std::make_unique<LinearRun<Linear<Plain>, Carve>>(config);
  return std::make_unique<LinearRun<Linear<ChaosBackend<Plain>>, Carve>>(config);
}

template <class B>
using BufferLinear = AsyncLinearAllocator<B>;
template <class B>
using InlineLinear = StaticLinear<B>;

constexpr SubjectScenario linear_scenarios[] = {{Carve::info, make_linear_run<BufferLinear>}};
constexpr SubjectScenario static_scenarios[] = {{Carve::info, make_linear_run<InlineLinear>}};

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
