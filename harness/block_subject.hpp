// The table entries of a block allocator, under every block scenario, with chaos and without.
#pragma once

#include "allocators/std_backend.hpp"
#include "block_run.hpp"
#include "chaos_backend.hpp"
#include "observed_backend.hpp"
#include "scenarios/block_scenarios.hpp"
#include "subjects.hpp"

namespace poolproof {

template <template <class> class Pool, class Scenario>
std::unique_ptr<StressRun> make_block_run(const RunConfig& config) {
  using Plain = ObservedBackend<StdBackend>;
  if (config.chaos_one_in == 0) return std::make_unique<BlockRun<Pool<Plain>, Scenario>>(config);
  return std::make_unique<BlockRun<Pool<ChaosBackend<Plain>>, Scenario>>(config);
}

template <template <class> class Pool>
inline constexpr SubjectScenario block_scenarios[] = {
    {Churn::info, make_block_run<Pool, Churn>},
    {Random::info, make_block_run<Pool, Random>},
    {SharedBucket::info, make_block_run<Pool, SharedBucket>},
    {Batch::info, make_block_run<Pool, Batch>},
    {Bulk::info, make_block_run<Pool, Bulk>},
    {Mixed::info, make_block_run<Pool, Mixed>},
};

}  // namespace poolproof
