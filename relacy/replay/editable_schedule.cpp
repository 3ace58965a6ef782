#include "editable_schedule.hpp"

#include <algorithm>
#include <utility>

namespace poolproof {

namespace {

// A turn is dropped, swapped with the next, or made longer, shorter, or more than twice as long.
enum class TurnChange : std::uint8_t { drop, swap, longer, shorter, far_longer };
constexpr std::size_t turn_changes = 5;

void change_turn(std::vector<EditableSchedule::Turn>& turns, std::size_t i, TurnChange change) {
  switch (change) {
    case TurnChange::drop:
      turns.erase(turns.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    case TurnChange::swap:
      std::swap(turns[i], turns[(i + 1) % turns.size()]);
      break;
    case TurnChange::longer:
      ++turns[i].steps;
      break;
    case TurnChange::shorter:
      turns[i].steps = std::max(1U, turns[i].steps - 1);
      break;
    case TurnChange::far_longer:
      turns[i].steps = turns[i].steps * 2 + 8;
      break;
  }
}

// Calls f with each number that is not zero until it returns false.
template <class F>
void for_each_number(EditableSchedule& schedule, F f) {
  for (auto& kinds : schedule.numbers) {
    for (EditableSchedule::Numbers& numbers : kinds) {
      for (std::uint8_t& number : numbers) {
        if (number != 0 && !f(number)) return;
      }
    }
  }
}

}  // namespace

EditableSchedule::EditableSchedule(const Schedule& schedule) : fine(has_fine_steps(schedule)) {
  unsigned actor = 0;
  for (const Step& step : schedule) {
    if (step.kind == Step::Kind::fine) continue;
    if (step.kind != Step::Kind::actor) {
      numbers[actor][static_cast<std::size_t>(step.kind) - 1].push_back(step.value);
    } else if (actor = step.value; turns.empty() || turns.back().actor != actor) {
      turns.push_back({actor, 1});
    } else {
      ++turns.back().steps;
    }
  }
}

std::size_t simple_mutations(const EditableSchedule& schedule) {
  std::size_t count = schedule.turns.size() * turn_changes;
  for_each_number(const_cast<EditableSchedule&>(schedule), [&](std::uint8_t) {
    ++count;
    return true;
  });
  return count;
}

EditableSchedule mutated(EditableSchedule schedule, std::size_t change) {
  if (change < schedule.turns.size() * turn_changes) {
    change_turn(schedule.turns, change % schedule.turns.size(),
                static_cast<TurnChange>(change / schedule.turns.size()));
    return schedule;
  }
  change -= schedule.turns.size() * turn_changes;
  for_each_number(schedule, [&](std::uint8_t& number) {
    if (change-- != 0) return true;
    number = 0;
    return false;
  });
  return schedule;
}

EditableSchedule mutated(EditableSchedule schedule, Rng& rng) {
  for (std::uint32_t n = 1 + rng.below(3); n != 0; --n) {
    const auto count = static_cast<std::uint32_t>(simple_mutations(schedule));
    if (count == 0) break;
    // Half of the mutations drop a turn, since that makes a schedule simpler.
    const bool drop = rng.below(2) == 0 && !schedule.turns.empty();
    schedule = mutated(
        std::move(schedule),
        std::size_t{rng.below(drop ? static_cast<std::uint32_t>(schedule.turns.size()) : count)});
  }
  return schedule;
}

void EditedStrategy::follow(EditableSchedule schedule) {
  schedule_ = std::move(schedule);
  turn_ = 0;
  actor_ = 0;
  used_ = {};
}

unsigned EditedStrategy::next_actor(const Situation& situation) {
  for (; turn_ != schedule_.turns.size(); ++turn_) {
    EditableSchedule::Turn& turn = schedule_.turns[turn_];
    if (turn.steps == 0 || !contains(situation.enabled, turn.actor)) continue;
    --turn.steps;
    return actor_ = turn.actor;
  }
  return actor_ = default_actor(situation);
}

std::uint32_t EditedStrategy::choose(std::uint32_t n, Choice kind) {
  const auto k = static_cast<std::size_t>(step_kind(kind)) - 1;
  const EditableSchedule::Numbers& numbers = schedule_.numbers[actor_][k];
  std::size_t& used = used_[actor_][k];
  const std::uint32_t number = used < numbers.size() ? numbers[used++] : 0;
  return number < n ? number : 0;
}

}  // namespace poolproof
