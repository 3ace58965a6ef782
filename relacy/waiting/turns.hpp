// Turns: who may take the next step, as far as that is no choice of a search, so that no loop of
// right code runs for ever. Deterministic: a function of the steps so far.
//
//  - Who waits (see Waiting) is left out while others can go on.
//  - If all wait, they run on one after the other: a loop that counts its rounds finishes so. When
//    each has had run_on steps and has found nothing new, nobody ever will: a livelock.
//  - When no call has begun or returned for much longer than most take, all is fair until one does:
//    whoever has not moved for a few steps, between 1 and 32 in an order that has no period, is
//    next. So loops that change what they wait for, as a lock that counts who tries does, are seen
//    to finish. If that takes too long as well, it is a livelock.
//  - In either case loads see the newest store and no CAS fails spuriously.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/engine/state_hash.hpp"
#include "waiting.hpp"

namespace poolproof {

class Turns {
 public:
  static constexpr std::uint32_t run_on = 8000;  // steps of each actor
  static constexpr std::uint32_t steps_before_fair = 2000;
  static constexpr std::uint32_t most_steps_alone = 400;  // steps, in an execution; see runs_on()

  // Before each execution.
  void clear() noexcept { *this = {}; }

  // A scheduling point of the actors. Returns false if there should be no more.
  bool step(unsigned depth) noexcept {
    if (all_wait_) [[unlikely]]
      return true;  // only_one_of() counts
    return ++steps_ - call_began_ <= depth;
  }
  // The same of before() or after(). What looks like waiting is a loop that nobody can end but
  // itself.
  bool step_alone(const Waiting& waiting, unsigned depth) noexcept {
    if (waiting.idle(0) > few) return waiting.idle(0) < run_on;
    return step(depth);
  }
  // A call of the model has begun or returned: that is no loop without an end.
  void go_on() noexcept { call_began_ = steps_; }
  // Of the live actors, a bit set that is not empty, those that may take the next step.
  std::uint32_t allowed(std::uint32_t live, unsigned current, const Waiting& waiting) noexcept {
    const std::uint32_t active = live & ~waiting.all();
    if (active == 0) return only_one_of(live, current);
    all_wait_ = false;
    if (steps_in_call() <= steps_before_fair) return active;
    return fair(active);
  }
  // In place of allowed(), at this step: may the current actor run on alone, as it may be about to
  // give up? Such steps do not count, as other actors have none meanwhile.
  bool runs_on(unsigned current, const Waiting& waiting) noexcept {
    if (!contains(waiting.guessed(), current) || steps_alone_ == most_steps_alone) return false;
    ++steps_alone_;
    ++call_began_;
    return true;
  }
  // Is it not yet the time to be fair, and were not all waiting before?
  bool is_usual() const noexcept { return !all_wait_ && steps_in_call() <= steps_before_fair; }
  void took(unsigned actor) noexcept { last_[actor] = steps_; }

  // The actor stands there as it has stood before. When it has come round to the same place with
  // the newest stores, it need not run on.
  void spins(unsigned actor, const void* there) noexcept {
    if (!all_wait_) return;
    if (round_from_[actor] == there) ran_[actor] = run_on;
    if (round_from_[actor] == nullptr) round_from_[actor] = there;
  }

  // Do all actors wait, and has each run on in vain?
  bool in_vain() const noexcept { return in_vain_; }
  // Do loads see the newest stores?
  bool newest() const noexcept { return all_wait_ || steps_in_call() > steps_before_fair; }
  bool all_wait() const noexcept { return all_wait_; }

 private:
  static constexpr std::uint32_t few = 100;

  std::uint32_t steps_in_call() const noexcept { return steps_ - call_began_; }
  std::uint32_t only_one_of(std::uint32_t live, unsigned current) noexcept {
    if (!all_wait_) {
      all_wait_ = true;
      ran_.fill(0);
      round_from_.fill(nullptr);
    }
    const auto has_more = [&](unsigned actor) {
      return contains(live, actor) && ran_[actor] < run_on;
    };
    unsigned actor = current;
    if (actor >= ran_.size() || !has_more(actor)) {
      actor = 0;
      while (actor != ran_.size() && !has_more(actor)) ++actor;
    }
    if (actor == ran_.size()) {
      in_vain_ = true;
      return live;
    }
    ++ran_[actor];
    return 1U << actor;
  }
  std::uint32_t fair(std::uint32_t active) const noexcept {
    unsigned oldest = static_cast<unsigned>(std::countr_zero(active));
    for (unsigned actor = 0; actor != last_.size(); ++actor) {
      if (contains(active, actor) && last_[actor] < last_[oldest]) oldest = actor;
    }
    const std::uint32_t slice = 1 + mixed(1, last_[oldest]) % 32;
    return steps_ - last_[oldest] > slice ? 1U << oldest : active;
  }

  std::uint32_t steps_ = 0;
  std::uint32_t steps_alone_ = 0;
  std::uint32_t call_began_ = 0;  // when a call of the model last began or returned
  bool all_wait_ = false;
  bool in_vain_ = false;
  std::array<std::uint32_t, ModelTest::most_actors> ran_{};       // since all wait
  std::array<const void*, ModelTest::most_actors> round_from_{};  // so are these
  std::array<std::uint32_t, ModelTest::most_actors> last_{};      // step of each
};

}  // namespace poolproof
