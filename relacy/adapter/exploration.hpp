// Exploration: everything that one call of explore keeps, beside Relacy. Relacy constructs its
// suites and schedulers itself, and the backend's atomics are constructed by the code under test,
// so all of them find it by one static pointer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "allocators/backend.hpp"
#include "fiber_state.hpp"
#include "host_heap.hpp"
#include "known_objects.hpp"
#include "records.hpp"
#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/engine/strategy.hpp"
#include "relacy/memory/store_list.hpp"
#include "relacy/waiting/later.hpp"
#include "relacy/waiting/stopped_actor.hpp"
#include "relacy/waiting/turns.hpp"
#include "relacy/waiting/waiting.hpp"

namespace poolproof {

// Names the atomics and mutexes of an execution: who makes one, and how many that one has made. So
// a name does not depend on the order of independent steps.
class ObjectNames {
 public:
  void clear() noexcept { made_ = {}; }
  std::uint32_t next(unsigned creator) noexcept {
    return creator * objects_each + made_[creator]++ % objects_each;
  }

 private:
  static constexpr unsigned creators = ModelTest::most_actors + 1;
  static constexpr std::uint32_t objects_each = Access::most_objects / creators;

  std::array<std::uint32_t, creators> made_{};
};

// The line of the history behind which all live actors wait.
constexpr const char* all_wait_text = "all actors that are not done wait for each other";

struct Exploration {
  // The one in progress, or the last.
  static inline Exploration* current = nullptr;

  Exploration(ModelTest& t, Strategy& s, const Limits& l, ScheduleRecord& r) noexcept
      : test(t),
        strategy(s),
        limits(l),
        depth(t.most_steps() == 0 ? l.depth : t.most_steps()),
        record(r) {}

  // What is explored, and how.
  ModelTest& test;
  Strategy& strategy;
  const Limits& limits;
  const unsigned depth;  // steps that no execution has more of in a row without an end of a call
  ScheduleRecord& record;

  // What came of it so far.
  std::uint64_t executions = 0;
  std::uint64_t executions_stopped = 0;
  std::uint64_t executions_discarded = 0;
  std::uint64_t executions_guessed = 0;  // as ModelResult has it
  std::array<std::uint64_t, event_kinds> executions_with{};
  bool exhausted = false;
  bool diverged = false;
  const char* oracle = nullptr;  // of ours, that failed
  const char* message = nullptr;

  // The execution in progress.
  StateSource* scheduler = nullptr;  // a Guided
  StoppedActor stopped{};
  unsigned first_actor = 0;          // whose fiber runs before()
  bool alone = false;                // before() or after() is running
  bool fine = false;                 // has it fine steps? See Strategy
  bool guessed = false;              // was an actor left out that may not wait? See Waiting
  bool keeps_states = false;         // does the strategy want them?
  bool used_heap = false;            // then its states cannot be told
  Later later{};                     // actors that begin within the execution
  History events_told{};             // by the model, see model_event
  std::uint32_t live = 0;            // bit set of those that are not done and wait for no mutex
  const char* in_vain = "livelock";  // the oracle that fails when all actors wait for each other
  StepReport last_step{};            // of the actors, when after() runs
  ObjectNames names{};
  KnownObjects objects{};
  std::uint32_t waiters = 0;  // bit set of the live actors when all began to wait
  std::uint32_t choices_before_all_wait = 0;
  std::span<const std::byte> blocks{};  // where the model's plain writes lie; empty: anywhere
  std::uint32_t missed_stores = 0;      // see model_missed_store
  Waiting waiting{};
  Turns turns{};
  std::array<FiberState, ModelTest::most_actors> actors{};
  std::array<unsigned, event_kinds> events{};
  std::vector<StoreList*> several_stores{};            // of the atomics that have been stored to
  std::array<Stamp, ModelTest::most_actors> fences{};  // what happened before seq_cst fences

  // The step in progress.
  StepReport step{};
  unsigned looked_back = 0;  // older stores that its load has passed, under Relacy's memory
  unsigned creator = 0;      // of objects: 0 before and after the actors, else the actor + 1
  ActorRegisters* registers = nullptr;  // where the actor leaves them at an access; null: nowhere

  void begin_execution() noexcept {
    events = {};
    names.clear();
    begin_step_of(0);
    keeps_states = limits.memory == Memory::cpp20 && can_take_registers && test.has_states() &&
                   strategy.wants_states();
    objects.clear(keeps_states);
    if (keeps_states) {
      used_heap = false;
      actors = {};
    }
    Records::all().forget();
    blocks = {};
    several_stores.clear();
    fences.fill(0);
    missed_stores = 0;
    guessed = false;
    in_vain = "livelock";
  }
  // Are actors of these left out of the next step, or to see the newest stores, that may not wait?
  void note_guess(std::uint32_t of) noexcept {
    if (guessed || (waiting.guessed() & of) == 0) return;
    guessed = true;
    ++executions_guessed;
  }
  void begin_step(unsigned actor) noexcept {
    begin_step_of(actor + 1);
    if (!keeps_states || alone) return;
    actors[actor].hashed = false;
    registers = &actors[actor].registers;
  }
  // A choice of the strategy's: a number in [0, n).
  std::uint32_t choose(std::uint32_t n, Choice choice) {
    if (n == 1) return 0;
    const HostHeapScope outside;
    const std::uint32_t number = strategy.choose(n, choice);
    add_choice(choice, number);
    return number;
  }
  // As Strategy::choose_store; no choice if all actors wait.
  std::uint32_t choose_store(std::span<const std::uint8_t> ages) {
    if (alone && ages.size() == 1) return 0;  // it is in no step of an actor
    if (turns.newest()) ages = ages.first(1);
    const HostHeapScope outside;
    const std::uint32_t index = strategy.choose_store(ages);
    for (std::uint32_t i = 0; i != index; ++i) add_choice(Choice::load, 1);
    if (index + 1 != ages.size()) add_choice(Choice::load, 0);
    return index;
  }
  // Does a load read an older store than the one it stands at? Relacy's memory asks that.
  bool looks_back() {
    const unsigned most = limits.stale_reads == StaleReads::one ? 1 : 2;
    if (turns.newest() || looked_back == most) return false;
    if (choose(2, Choice::load) == 0) return false;
    ++looked_back;
    return true;
  }
  void add_stores(StoreList& stores) {
    const HostHeapScope outside;
    several_stores.push_back(&stores);
  }
  // Its atomic is destroyed.
  void remove_stores(const StoreList& stores) noexcept { std::erase(several_stores, &stores); }
  // All live actors wait: what they do from here on is no choice. If it is in vain, neither is it
  // worth a look.
  void all_wait_from_here(std::uint32_t who) noexcept {
    waiters = who;
    choices_before_all_wait = record.size;
    if (rl::ctx().collecting_history()) {
      rl::ctx().exec_log_msg(rl::debug_info(), all_wait_text);
    }
  }
  void end_actors() noexcept {
    last_step = step;
    begin_step_of(0);
    for (std::size_t kind = 0; kind != event_kinds; ++kind) {
      if (events[kind] != 0) ++executions_with[kind];
    }
  }

 private:
  void add_choice(Choice choice, std::uint32_t number) {
    record.add({step_kind(choice), static_cast<std::uint8_t>(number), number == 0, false});
  }
  void begin_step_of(unsigned by) noexcept {
    creator = by;
    step = {};
    registers = nullptr;
  }
};

// For oracles and models, within an execution: what they read, write and add to of what all actors
// share without the engine's knowledge. See HiddenEffects.
inline void model_reads(unsigned bit) noexcept {
  Exploration::current->step.effects.reads |= 1ULL << bit;
}
inline void model_writes(unsigned bit) noexcept {
  Exploration::current->step.effects.writes |= 1ULL << bit;
}
inline void model_adds(unsigned bit) noexcept {
  Exploration::current->step.effects.adds |= 1ULL << bit;
}
// Calls of what is under test wait: if all do, in vain, that is a deadlock.
inline void model_calls_wait() noexcept { Exploration::current->in_vain = "deadlock"; }
// A call of the model begins or ends: its actor does not wait.
inline void model_goes_on() noexcept {
  Exploration::current->turns.go_on();
  Exploration::current->waiting.restart(Exploration::current->creator);
}

// Since the call of this actor's began: has it read a value that a plain store, not a
// read-modify-write, had already replaced? Such a store may take its time to be seen, as one in a
// store buffer does; a read-modify-write that would see it may come in front of it.
inline void model_begins_call(unsigned actor) noexcept {
  Exploration::current->missed_stores &= ~(1U << actor);
}
inline bool model_missed_store(unsigned actor) noexcept {
  return (Exploration::current->missed_stores >> actor & 1) != 0;
}
// The actors that have, as bits.
inline std::uint32_t model_missed_stores() noexcept { return Exploration::current->missed_stores; }

// What stands, among effects, for the memory at that address: plain accesses of the model's write
// it, and atomics that lie in place add to it. 0: the model does not access it.
inline std::uint64_t memory_bit(const void* at) noexcept {
  constexpr unsigned first = 51;  // of those that models leave
  constexpr unsigned bits = 12;
  constexpr std::uintptr_t unit = 16;  // bytes
  const auto blocks = Exploration::current->blocks;
  const auto number = reinterpret_cast<std::uintptr_t>(at);
  const auto start = reinterpret_cast<std::uintptr_t>(blocks.data());
  if (!blocks.empty() && number - start >= blocks.size()) return 0;
  return 1ULL << (first + number / unit % bits);
}
inline void model_writes_memory(const void* at) noexcept {
  Exploration::current->step.effects.writes |= memory_bit(at);
}
// The model accesses no memory but this, in the execution in progress, that a subject's atomics
// might lie in.
inline void model_writes_only(std::span<const std::byte> blocks) noexcept {
  Exploration::current->blocks = blocks;
}

}  // namespace poolproof
