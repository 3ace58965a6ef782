// Schedule: all choices of one execution, in order.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "strategy.hpp"

namespace poolproof {

// One choice.
struct Step {
  // fine: no choice, and always the first: the execution is one of fine steps; see Strategy.
  enum class Kind : std::uint8_t { actor, load, spurious, user, fine };

  Kind kind = Kind::actor;
  std::uint8_t value = 0;   // the actor, or the number chosen
  bool is_default = true;   // as default_actor has it; of numbers, 0
  bool preemption = false;  // the current actor could have gone on

  friend bool operator==(const Step&, const Step&) = default;
};

constexpr Step::Kind step_kind(Choice choice) noexcept {
  return choice == Choice::load       ? Step::Kind::load
         : choice == Choice::spurious ? Step::Kind::spurious
                                      : Step::Kind::user;
}

using Schedule = std::vector<Step>;

constexpr bool contains(std::uint32_t actors, unsigned actor) noexcept {
  return (actors >> actor & 1) != 0;
}

// The plain course of things: the current actor goes on while it can and has not yielded; then the
// next one that can, round and round.
constexpr unsigned default_actor(std::uint32_t enabled, unsigned current, bool yielded) noexcept {
  if (current == Strategy::nobody) return static_cast<unsigned>(std::countr_zero(enabled));
  if (!yielded && contains(enabled, current)) return current;
  const std::uint32_t after = enabled >> current >> 1 << current << 1;
  return static_cast<unsigned>(std::countr_zero(after != 0 ? after : enabled));
}

constexpr unsigned default_actor(const Situation& situation) noexcept {
  return default_actor(situation.enabled, situation.current, situation.yielded);
}

unsigned preemptions(const Schedule& schedule) noexcept;

constexpr Step fine_step{Step::Kind::fine, 1, false, false};
inline bool has_fine_steps(const Schedule& schedule) noexcept {
  return !schedule.empty() && schedule.front().kind == Step::Kind::fine;
}

// The choices of the execution in progress, in memory of a fixed size: a process that dies within
// an execution leaves them to its parent, if they share that memory. What is beyond the size is
// only counted.
struct ScheduleRecord {
  static constexpr std::uint32_t capacity = 1 << 14;

  void clear() noexcept { size = 0; }
  void add(const Step& step) noexcept {
    if (size < capacity) steps[size] = step;
    ++size;
  }
  bool complete() const noexcept { return size <= capacity; }
  Schedule get() const { return {steps.begin(), steps.begin() + (complete() ? size : capacity)}; }

  std::uint32_t size = 0;
  std::array<Step, capacity> steps{};
};

// Makes the choices of a schedule once more, once. Of its steps only plain and value count. Where
// the schedule does not fit the code, or has come to its end, it makes the plain choice.
class ReplayStrategy final : public Strategy {
 public:
  explicit ReplayStrategy(Schedule schedule)
      : schedule_(std::move(schedule)), next_(poolproof::has_fine_steps(schedule_) ? 1 : 0) {}

  bool begin() override { return !std::exchange(begun_, true); }
  bool has_fine_steps() const override { return poolproof::has_fine_steps(schedule_); }
  unsigned next_actor(const Situation& situation) override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;

  // Has every choice been made, and did each fit?
  bool fits() const noexcept { return fits_ && next_ >= schedule_.size(); }

 private:
  const Step& next() noexcept;

  Schedule schedule_;
  std::size_t next_;
  bool begun_ = false;
  bool fits_ = true;
};

}  // namespace poolproof
