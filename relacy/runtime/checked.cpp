#include "checked.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "crashes.hpp"
#include "harness/base/process.hpp"
#include "harness/base/time.hpp"
#include "harness/base/usage_error.hpp"
#include "listed_operations.hpp"
#include "relacy/program/program_command.hpp"
#include "relacy/search/random_strategy.hpp"

namespace poolproof {

namespace {

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

}  // namespace

unsigned size_for(unsigned actors) {
  for (const unsigned size : sizes) {
    if (size >= actors) return size;
  }
  throw UsageError("the program has more than 16 threads, main() included");
}

Checked::Checked(const ProgramStart& start, const ProgramCheck& check,
                 const std::optional<BoxPlan>& box)
    : start_(start),
      image_(thread_pointer()),
      check_(check),
      box_(box),
      unseen_(std::make_unique<UnseenCode>(ProgramCommand::unseen(), image_.base())),
      libraries_(std::make_unique<UnseenLibraries>()),
      too_long_(shared_count()) {}

MakeModel Checked::maker(unsigned actors) const {
  if (box_) return [this](const Scope& scope) { return make_box(scope); };
  return [this, actors](const Scope& scope) -> std::unique_ptr<ModelTest> {
    if (scope.actors != actors || scope.blocks != 1 || scope.rounds != 1) return nullptr;
    return make(actors);
  };
}

unsigned Checked::actors() const {
  const ChildAnswer answer = in_child(
      [this] {
        const std::unique_ptr<Program> program = make(sizes.back());
        RandomStrategy random(1, {.last = 100});
        const Clock::time_point end = Clock::now() + std::chrono::seconds(1);
        Limits limits;
        limits.stop = [&](std::uint64_t) { return Clock::now() >= end; };
        explore(*program, sizes.back(), random, limits);
        return std::to_string(program->most_begun());
      },
      std::chrono::seconds(20));
  *too_long_ = 0;
  return size_for(answer.text ? static_cast<unsigned>(std::stoul(*answer.text)) : 2);
}

std::vector<SourceOrder> Checked::listed() const { return listed_operations(image_.base()); }

ProgramRules Checked::rules(unsigned actors) const {
  return {.actors = actors,
          .races = check_.races,
          .leaks = check_.leaks,
          .liveness = check_.liveness,
          .steps = check_.steps,
          .too_long = too_long_,
          .unseen = unseen_.get(),
          .libraries = libraries_.get()};
}

std::unique_ptr<Program> Checked::make(unsigned actors) const {
  be_silent();
  catch_crashes();
  unseen_->catch_traps();
  return std::make_unique<Program>(start_, image_, rules(actors));
}

std::unique_ptr<ModelTest> Checked::make_box(const Scope& scope) const {
  BoxPlan plan = *box_;
  plan.scope = scope;
  if (!is_possible(scope) || plan.threads() < 2) return nullptr;
  be_silent();
  catch_crashes();
  unseen_->catch_traps();
  return std::make_unique<BoxProgram>(plan, start_, image_, rules(scope.actors));
}

}  // namespace poolproof
