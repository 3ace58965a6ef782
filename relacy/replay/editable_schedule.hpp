// EditableSchedule: a schedule in a form that stays meaningful when it is changed. Turns say which
// actor takes how many steps. Each actor keeps the numbers that it chooses when turns change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/base/rng.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"

namespace poolproof {

struct EditableSchedule {
  struct Turn {
    unsigned actor = 0;
    unsigned steps = 1;
  };
  using Numbers = std::vector<std::uint8_t>;

  explicit EditableSchedule(const Schedule& schedule);

  std::vector<Turn> turns;
  bool fine;  // as Strategy has it
  // By actor and kind of choice. After the last number come zeros.
  std::array<std::array<Numbers, 3>, ModelTest::most_actors> numbers;
};

// How many simple mutations there are.
std::size_t simple_mutations(const EditableSchedule& schedule);
// Applies simple mutation number i, from 0.
EditableSchedule mutated(EditableSchedule schedule, std::size_t i);
// Applies one to three simple mutations, drawn at random.
EditableSchedule mutated(EditableSchedule schedule, Rng& rng);

// Follows an editable schedule as far as it can: it skips turns of actors that are not enabled.
class EditedStrategy : public Strategy {
 public:
  unsigned next_actor(const Situation& situation) override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;
  bool has_fine_steps() const override { return schedule_.fine; }

 protected:
  void follow(EditableSchedule schedule);

 private:
  EditableSchedule schedule_{Schedule()};
  std::size_t turn_ = 0;
  unsigned actor_ = 0;
  std::array<std::array<std::size_t, 3>, ModelTest::most_actors> used_{};
};

}  // namespace poolproof
