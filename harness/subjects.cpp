#include "subjects.hpp"

#include <array>

#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"

namespace poolproof {

std::span<const Subject* const> subjects() {
  static constexpr std::array all = {
      &locked_subject,       &lockless_subject,      &deferred_subject,
      &cached_subject,       &thread_cached_subject, &async_linear_subject,
      &async_static_subject, &no_nonce_subject,      &unsafe_splice_subject,
  };
  return all;
}

std::span<const ScenarioInfo> scenarios() {
  static constexpr std::array all = {Churn::info, Random::info, SharedBucket::info, Batch::info,
                                     Bulk::info,  Mixed::info,  Carve::info};
  return all;
}

const Subject* find_subject(std::string_view name) {
  for (const Subject* subject : subjects()) {
    if (subject->name == name) return subject;
  }
  return nullptr;
}

std::unique_ptr<StressRun> make_run(const RunConfig& config) {
  const Subject* subject = find_subject(config.allocator);
  if (subject == nullptr) return nullptr;
  for (const SubjectScenario& scenario : subject->scenarios) {
    if (scenario.info.name == config.scenario) return scenario.make(config);
  }
  return nullptr;
}

}  // namespace poolproof
