// BoxProgram: a black box under a scenario, as a Program. Its main() makes the pool, begins the
// other actors, takes its own part in the scenario, and has the oracles look once all are at rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "box.hpp"
#include "harness/check/model_check.hpp"
#include "relacy/unchanged/program.hpp"

namespace poolproof {

struct BoxPlan {
  const Box* box = nullptr;
  const BoxScenario* scenario = nullptr;
  Scope scope;  // actors: of the engine, one of which may be a thread that goes on for another

  unsigned threads() const noexcept {
    return scope.actors - (scenario->info->ends_threads ? 1 : 0);
  }
};

// All black boxes of this program, before main; null: it has none.
void add_box(Box& box) noexcept;
const Box* first_box() noexcept;
// The plan for that many threads; nothing where there is no such black box, or no such scenario of
// it.
std::optional<BoxPlan> find_box(std::string_view name, std::string_view scenario);
// How many actors the engine needs for that many threads: 2 to 4 of each.
unsigned actors_for(const BoxScenario& scenario, unsigned threads) noexcept;

class BoxProgram final : public Program {
 public:
  // rules.actors: plan.scope.actors, with at least 2 threads of them.
  BoxProgram(const BoxPlan& plan, const ProgramStart& start, const Image& image,
             const ProgramRules& rules);
  void before() override;
  void describe(Names& names) const override;

 protected:
  std::string shown(std::string variable) const override;
  bool is_pointer(std::uint64_t value) const noexcept override;

 private:
  const BoxPlan plan_;
};

}  // namespace poolproof
