// Plan: a schedule in a form that bears changes. Turns say who takes how many steps; the numbers
// that an actor chooses are its own, so they stay with it when the turns change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/base/rng.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

struct Plan {
  struct Turn {
    unsigned actor = 0;
    unsigned steps = 1;
  };
  using Numbers = std::vector<std::uint8_t>;

  explicit Plan(const Schedule& schedule);

  std::vector<Turn> turns;
  // By actor and kind of choice; after the last one come zeros.
  std::array<std::array<Numbers, 3>, ModelTest::most_actors> numbers;
};

// The simplest changes of a plan, one by one: change number i, for i in [0, simple_changes(plan)).
std::size_t simple_changes(const Plan& plan);
Plan changed(Plan plan, std::size_t change);
// One to three changes at random.
Plan changed(Plan plan, Rng& rng);

// Follows plans as well as can be: turns of actors that cannot go on are skipped.
class PlanStrategy : public Strategy {
 public:
  unsigned next_actor(const Situation& situation) override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;

 protected:
  void follow(Plan plan);

 private:
  Plan plan_{Schedule()};
  std::size_t turn_ = 0;
  unsigned actor_ = 0;
  std::array<std::array<std::size_t, 3>, ModelTest::most_actors> used_{};
};

}  // namespace poolproof
