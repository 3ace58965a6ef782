#include "subjects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "harness/base/usage_error.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "scenarios/sized_scenarios.hpp"

namespace poolproof {

namespace {

constexpr std::array ours = {
    &locked_subject,       &lockless_subject,  &deferred_subject,      &bitmap_subject,
    &hinted_subject,       &cached_subject,    &thread_cached_subject, &async_linear_subject,
    &async_static_subject, &sign_post_subject, &buddy_subject,         &buddy_locked_subject,
    &buddy_cached_subject, &no_nonce_subject,  &unsafe_splice_subject,
};

template <class... Block, class... Sized>
std::vector<ScenarioInfo> infos_of(ScenarioList<Block...>, ScenarioList<Sized...>) {
  return {Block::info..., Carve::info, CarveAligned::info, Sized::info...};
}

struct SubjectRegistry {
  std::deque<Subject> added;
  std::vector<const Subject*> subjects{ours.begin(), ours.end()};
  std::vector<ScenarioInfo> scenarios = infos_of(BlockScenarios(), SizedScenarios());
};

// Made when it is first used: subjects are added while static objects are constructed.
SubjectRegistry& registry() {
  static SubjectRegistry all;
  return all;
}

}  // namespace

std::span<const Subject* const> subjects() { return registry().subjects; }
std::span<const ScenarioInfo> scenarios() { return registry().scenarios; }
std::span<const Subject* const> added_subjects() { return subjects().subspan(ours.size()); }

void add_subject_entry(const Subject& subject) {
  registry().subjects.push_back(&registry().added.emplace_back(subject));
  for (const SubjectScenario& scenario : subject.scenarios) {
    const auto is_it = [&](const ScenarioInfo& info) { return info.name == scenario.info.name; };
    if (std::none_of(scenarios().begin(), scenarios().end(), is_it)) {
      registry().scenarios.push_back(scenario.info);
    }
  }
}

void check_added_subjects() {
  const auto fit = [](std::string_view name) {
    return !name.empty() && name.front() != '-' && name.size() <= 40 &&
           name.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
               "0123456789_.-") == std::string_view::npos;
  };
  for (const Subject* subject : added_subjects()) {
    if (!fit(subject->name)) {
      throw UsageError(
          fmt::format("this program was built with a subject named '{}': 1 to 40 "
                      "letters, digits, '_', '.' and '-' are wanted",
                      subject->name));
    }
    const Subject* first = find_subject(subject->name);
    if (std::find(ours.begin(), ours.end(), first) != ours.end()) {
      throw UsageError(fmt::format(
          "this program was built with a subject named '{}', as one of poolproof's is: it needs a "
          "name of its own",
          subject->name));
    }
    if (first != subject) {
      throw UsageError(
          fmt::format("this program was built with two subjects named '{}': each "
                      "needs a name of its own",
                      subject->name));
    }
  }
}

const Subject* find_subject(std::string_view name) {
  for (const Subject* subject : subjects()) {
    if (subject->name == name) return subject;
  }
  return nullptr;
}

std::string_view hint_of(std::string_view name, std::string_view oracle) {
  const Subject* subject = find_subject(name);
  const auto added = added_subjects();
  if (std::find(added.begin(), added.end(), subject) == added.end()) return "";
  if (oracle == "must_succeed") {
    return "  if it is meant to, as after a stale load, it says so: "
           "static constexpr bool may_fail = true;\n";
  }
  if (oracle == "progress") {
    return "  if an alloc waits for a free, it says so: static constexpr bool waits = true;\n";
  }
  if (oracle == "conservation") {
    return "  if threads keep free blocks, it says how many, most_kept(), and gives them back, "
           "flush()\n";
  }
  return "";
}

const SubjectScenario* find_scenario(const Subject& subject, std::string_view name) {
  for (const SubjectScenario& scenario : subject.scenarios) {
    if (scenario.info.name == name) return &scenario;
  }
  return nullptr;
}

std::unique_ptr<StressRun> make_run(const RunConfig& config) {
  const Subject* subject = find_subject(config.allocator);
  if (subject == nullptr) return nullptr;
  const SubjectScenario* scenario = find_scenario(*subject, config.scenario);
  return scenario == nullptr ? nullptr : scenario->make(config);
}

}  // namespace poolproof
