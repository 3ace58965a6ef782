// Waiting: which actors of an execution wait for others, with no hint of that in their code. An
// actor waits when it reads again what it has read before, finds nothing new in any of it, and
// changes nothing: a spin lock that is taken, a sequence that a writer has begun, a flag.
//
// What counts is what atomics hold, not who stored it: an exchange that puts back what was there
// changes nothing. An actor's window is all it has read since it last changed something, or since
// its model went on; it is idle by the steps since it last found something new. It waits once these
// are many for so many objects: in the third round of a long loop, in the thirteenth of a short
// one, so that loops that try a few times and give up are seen to do so. It stops when another
// actor changes an object of its window, or when it is about to do something else.
//
// Of a model that can tell that an actor has come round a loop and is as it was before, it waits at
// once.
//
// Else waiting is a guess: a loop that counts its rounds and gives up looks like one that does not.
// So whoever waits is only left out while others can go on; and in executions of fine steps it
// first runs on alone, to see whether it gives up. The scheduler says what comes after that.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <vector>

#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {

class Waiting {
 public:
  static constexpr unsigned actors = ModelTest::most_actors + 1;  // as Exploration::creator

  // Before each execution, of so many actors. bounded_spins: of code that spins a few rounds before
  // it waits otherwise, as the C++ library does, 16 rounds, before it asks the system. runs_on: who
  // seems to wait runs on alone at first, so it may seem to sooner.
  void clear(unsigned count, bool bounded_spins, bool runs_on) noexcept {
    short_loop_ = runs_on ? 2 : bounded_spins ? 24 : 10;
    for (unsigned by = 0; by <= count; ++by) restart(by);
  }

  // by has read value from object, or has put back what it had read.
  void read(unsigned by, std::uint32_t object, std::uint64_t value,
            const std::source_location& where) noexcept {
    Actor& me = actors_[by];
    Seen& seen = seen_by(by)[object];
    if (seen.window == me.window && seen.value == value) {
      me.where = where;
      idle_ |= 1U << by;
      if (++me.idle > 2 * me.objects + short_loop_) waiting_ |= 1U << by;
      return;
    }
    if (seen.window != me.window) ++me.objects;
    seen = {me.window, value};
    found(by);
  }
  // by has come round a loop, and is as it was before.
  void spins(unsigned by) noexcept {
    idle_ |= 1U << by;
    waiting_ |= 1U << by;
    as_before_ |= 1U << by;
    actors_[by].idle = std::max(actors_[by].idle, 1U);
  }
  // by has changed what object holds.
  void changed(unsigned by, std::uint32_t object) noexcept {
    restart(by);
    for (std::uint32_t others = idle_; others != 0; others &= others - 1) {
      const auto other = static_cast<unsigned>(std::countr_zero(others));
      if (seen_by(other)[object].window == actors_[other].window) found(other);
    }
  }
  // by has done something that is no access.
  void restart(unsigned by) noexcept {
    Actor& me = actors_[by];
    ++me.window;
    me.objects = 0;
    found(by);
  }
  // by has found something new.
  void found(unsigned by) noexcept {
    Actor& me = actors_[by];
    if (me.idle == 0) return;
    me.idle = 0;
    idle_ &= ~(1U << by);
    waiting_ &= idle_;
    as_before_ &= idle_;
  }
  // by stands before an access: is it one of its loop?
  void stands_before(unsigned by, const Access& access) noexcept {
    if ((waiting_ >> by & 1) == 0 || access.kind == Access::Kind::local) return;
    if (seen_by(by)[access.object].window != actors_[by].window) found(by);
  }

  // Actors that wait, as bits; the first is actor 0.
  std::uint32_t all() const noexcept { return waiting_ >> 1; }
  // Those of which that is a guess.
  std::uint32_t guessed() const noexcept { return (waiting_ & ~as_before_) >> 1; }
  std::uint32_t idle(unsigned by) const noexcept { return actors_[by].idle; }
  // Of the last access of one that waits.
  const std::source_location& where(unsigned by) const noexcept { return actors_[by].where; }

 private:
  struct Actor {
    std::uint64_t window = 0;  // how many it has begun, in all executions
    std::uint32_t objects = 0;
    std::uint32_t idle = 0;
    std::source_location where{};
  };
  struct Seen {
    std::uint64_t window = 0;  // in which it was read; 0: never
    std::uint64_t value = 0;
  };

  // What an actor has read, by object.
  Seen* seen_by(unsigned by) noexcept {
    return seen_.data() + std::size_t{by} * Access::most_objects;
  }

  std::array<Actor, actors> actors_{};
  std::uint32_t short_loop_ = 10;
  std::uint32_t idle_ = 0;  // those that have found nothing new in their last step, as bits
  std::uint32_t waiting_ = 0;
  std::uint32_t as_before_ = 0;  // those that wait and are as they were before
  std::vector<Seen> seen_ = std::vector<Seen>(std::size_t{actors} * Access::most_objects);
};

}  // namespace poolproof
