// What a run can be made of: the allocators and scenarios by name, and for each pair that can be,
// the function that makes its stress run. The allocators are instantiated in a file each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "harness/stress/run.hpp"
#include "harness/stress/runs/stress_run.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

struct SubjectScenario {
  ScenarioInfo info;
  std::unique_ptr<StressRun> (*make)(const RunConfig& config);
};

// What engines see of what a subject's threads share.
enum class Sight : std::uint8_t {
  all,      // its code takes everything from its backend
  atomics,  // it takes its atomics, and maybe more, from a template parameter
  calls,    // a black box
};

struct Subject {
  std::string_view name;
  std::string_view summary;
  Family family;
  bool sound;      // false: a specimen
  bool aba_prone;  // a pop without a cure would go wrong: a run must see the danger to mean much
  bool model_checked;  // false: its code is that of another one, which is, or a black box of sizes
  std::span<const SubjectScenario> scenarios;
  Sight sight = Sight::all;
  bool black_box() const noexcept { return sight == Sight::calls; }
};

// For programs with subjects of their own, before main: subject joins ours. What it points to must
// live as long as the program. It is called by what subject.hpp has.
void add_subject_entry(const Subject& subject);
// Those that were added. A program that has any means these where no allocator is named.
std::span<const Subject* const> added_subjects();
// Throws UsageError unless the added ones have names of their own, fit for a command line.
void check_added_subjects();
// What an added subject that fails by this oracle may have left unsaid: a line, or "".
std::string_view hint_of(std::string_view name, std::string_view oracle);

std::span<const Subject* const> subjects();
std::span<const ScenarioInfo> scenarios();

// The run of config.allocator under config.scenario; null when that pair cannot be.
std::unique_ptr<StressRun> make_run(const RunConfig& config);
const Subject* find_subject(std::string_view name);
const SubjectScenario* find_scenario(const Subject& subject, std::string_view name);

extern const Subject locked_subject;
extern const Subject lockless_subject;
extern const Subject deferred_subject;
extern const Subject bitmap_subject;
extern const Subject hinted_subject;
extern const Subject cached_subject;
extern const Subject thread_cached_subject;
extern const Subject async_linear_subject;
extern const Subject async_static_subject;
extern const Subject sign_post_subject;
extern const Subject buddy_subject;
extern const Subject buddy_cached_subject;
extern const Subject buddy_locked_subject;
extern const Subject no_nonce_subject;
extern const Subject unsafe_splice_subject;

}  // namespace poolproof
