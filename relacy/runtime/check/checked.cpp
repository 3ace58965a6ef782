#include "checked.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "harness/base/process.hpp"
#include "harness/base/time.hpp"
#include "harness/base/usage_error.hpp"
#include "listed_operations.hpp"
#include "relacy/adapter/execution/sudden_end.hpp"
#include "relacy/program/program_command.hpp"
#include "relacy/runtime/crashes.hpp"
#include "relacy/search/random_strategy.hpp"

namespace poolproof {

namespace {

constexpr std::uint64_t most_steps_looked_at = 300'000;
constexpr std::chrono::seconds longest_look(20);
// How many actors the engine can be made for.
constexpr std::array<unsigned, 5> sizes = {2, 3, 4, 8, 16};

// The program would print its output in each of a million executions.
void be_silent() {
  const int nowhere = open("/dev/null", O_RDWR);
  if (nowhere < 0) return;
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
  close(nowhere);
}

std::uint64_t* shared_count() {
  void* const memory = mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("there is no memory that processes share");
  return static_cast<std::uint64_t*>(memory);
}

// Those that a check calls.
std::vector<const void*> functions_of(const BoxPool& pool) {
  const auto code = [](auto* function) { return reinterpret_cast<const void*>(function); };
  return {code(pool.make),  code(pool.destroy),    code(pool.alloc),     code(pool.alloc_bytes),
          code(pool.free),  code(pool.alloc_many), code(pool.free_many), code(pool.most_kept),
          code(pool.flush), code(pool.violation)};
}

}  // namespace

unsigned size_for(unsigned actors) {
  for (const unsigned size : sizes) {
    if (size >= actors) return size;
  }
  throw UsageError("the program has more than 16 threads, main() included");
}

Checked::Checked(const ProgramStart& start, const ProgramCheck& check, std::vector<BoxPlan> boxes)
    : start_(start),
      image_(thread_pointer()),
      check_(check),
      boxes_(std::move(boxes)),
      unseen_(
          std::make_unique<UnseenCode>(ProgramCommand::unseen(), image_.base(), shared_count())),
      libraries_(std::make_unique<UnseenLibraries>(shared_count())),
      too_long_(shared_count()) {}

MakeModel Checked::maker(unsigned actors) const {
  if (box() != nullptr) return box_maker(*box());
  return [this, actors](const Scope& scope) -> std::unique_ptr<ModelTest> {
    if (scope.actors != actors || scope.blocks != 1 || scope.rounds != 1) return nullptr;
    return make(rules(actors));
  };
}

MakeModel Checked::box_maker(const BoxPlan& box) const {
  return [this, box](const Scope& scope) { return make_box(box, scope); };
}
const BoxPlan* Checked::box(std::string_view scenario) const noexcept {
  const auto found = std::find_if(boxes_.begin(), boxes_.end(), [&](const BoxPlan& plan) {
    return plan.scenario->info->name == scenario;
  });
  return found == boxes_.end() ? nullptr : &*found;
}

std::vector<std::string> Checked::scenarios() const {
  std::vector<std::string> names;
  for (const BoxPlan& plan : boxes_) names.emplace_back(plan.scenario->info->name);
  return names;
}

// A few executions: how many threads they have, and which code races in them, as distances from
// where the program lies. How long they take decides nothing of the latter, for a token must name
// the same execution everywhere.
std::string Checked::look() const {
  ProgramRules rules = this->rules(sizes.back());
  rules.finds_racing = !rules.races;
  if (!rules.races) rules.steps = ProgramCheck().steps;  // a token does not know of others
  const std::unique_ptr<Program> program = make(rules);
  // The threads of an execution without an end count as well.
  const SuddenEnd caught(
      {.idle = std::chrono::seconds(rules.races ? 3 : 10), .names_function = false});
  RandomStrategy random(1, {.last = 100});
  const Clock::time_point end = Clock::now() + std::chrono::seconds(1);
  Limits limits;
  limits.stop = [&](std::uint64_t) {
    caught.restart();
    return rules.races ? Clock::now() >= end : program->steps_made() > most_steps_looked_at;
  };
  explore(*program, sizes.back(), random, limits);
  std::string found = std::to_string(program->most_begun());
  for (const void* code : program->racing()) {
    found += ' ' + std::to_string(reinterpret_cast<std::uintptr_t>(code) - image_.base());
  }
  return found;
}

unsigned Checked::actors() {
  if (actors_ != 0) return actors_;
  const ChildAnswer answer = in_child([this] { return look(); }, longest_look);
  *too_long_ = 0;
  std::istringstream found(answer.text.value_or("2"));
  unsigned actors = 2;
  found >> actors;
  for (std::uintptr_t code = 0; found >> code;) {
    racing_.insert(reinterpret_cast<const void*>(image_.base() + code));
  }
  are_races_known_ = answer.text && !check_.races && box() == nullptr;
  return actors_ = size_for(actors);
}

std::vector<SourceOrder> Checked::listed() const {
  return listed_operations(image_.base(), box() == nullptr ? std::vector<const void*>()
                                                           : functions_of(box()->box->pool));
}

ProgramRules Checked::rules(unsigned actors) const {
  return {.actors = actors,
          .races = check_.races,
          .leaks = check_.leaks,
          .liveness = check_.liveness,
          .steps = check_.steps,
          .racing = racing_,
          .too_long = too_long_,
          .unseen = unseen_.get(),
          .libraries = libraries_.get()};
}

std::unique_ptr<Program> Checked::make(const ProgramRules& rules) const {
  be_silent();
  catch_crashes();
  unseen_->catch_traps();
  return std::make_unique<Program>(start_, image_, rules);
}

std::unique_ptr<ModelTest> Checked::make_box(BoxPlan plan, const Scope& scope) const {
  plan.scope = scope;
  if (!is_possible(scope) || plan.threads() < 2) return nullptr;
  be_silent();
  catch_crashes();
  unseen_->catch_traps();
  return std::make_unique<BoxProgram>(plan, start_, image_, rules(scope.actors));
}

}  // namespace poolproof
