#include "relacy/engine/model_engine.hpp"

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <utility>

#include "harness/base/time.hpp"
#include "history.hpp"
#include "memory_state.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy_backend.hpp"

// Not used here, but Relacy's context names them all.
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/semaphore.hpp>

// Relacy replaces new and delete, but not the forms of delete that are told the size, which
// compilers call: these would give its memory to the heap.
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete[](memory); }

namespace poolproof {
namespace {

// While it lives, memory comes from the heap and not from Relacy, which takes over new and delete
// while it simulates. Around every call of a strategy, which may keep what it allocates.
class HostHeapScope {
 public:
  HostHeapScope() : context_(std::exchange(rl::context_holder<>::instance_, nullptr)) {}
  HostHeapScope(const HostHeapScope&) = delete;
  HostHeapScope& operator=(const HostHeapScope&) = delete;
  ~HostHeapScope() { rl::context_holder<>::instance_ = context_; }

 private:
  rl::context* const context_;
};

// The actor that is stopped for good, with Limits::stop_one_actor.
struct Stopped {
  unsigned actor = Strategy::nobody;
  std::uint32_t steps_before = 0;  // that it may still take
  bool shown = false;              // in the trace
  bool over = false;               // all others are done
  std::uint32_t waiting = 0;       // for it, when that is what failed

  bool now() const { return actor != Strategy::nobody && steps_before == 0 && !over; }
};

// What the engine keeps of an actor, for states.
struct ActorState {
  enum class At : std::uint8_t { start, access, end };

  At at = At::start;
  bool hashed = false;              // since it stands where it stands
  const std::byte* base = nullptr;  // of its part of the stack: the highest byte
  ActorRegisters registers{};
  StateHash hash;

  // Its fiber stands still meanwhile, and so does what is on its stack.
  void add_to(StateHash& state) {
    state.add(static_cast<std::uint64_t>(at));
    if (at != At::access) return;
    if (!hashed) {
      hashed = true;
      hash = {};
      for (const std::uint64_t word : registers.preserved) hash.add(word);
      hash.add(registers.stack, static_cast<std::size_t>(base - registers.stack));
    }
    state.add(hash);
  }
};

// The run in progress. Relacy constructs its suites and schedulers itself, so they find it here.
struct Run {
  ModelTest* test = nullptr;
  Strategy* strategy = nullptr;
  const Limits* limits = nullptr;
  ScheduleRecord* record = nullptr;
  std::uint64_t executions = 0;
  std::array<std::uint64_t, event_kinds> executions_with{};
  bool exhausted = false;
  bool diverged = false;
  bool alone = false;         // before() or after() is running
  unsigned first_actor = 0;   // whose fiber runs before()
  unsigned steps = 0;         // of this execution
  Stopped stopped = {};       // in this execution
  bool keeps_states = false;  // of this execution
  std::uint32_t enabled = 0;  // who can take the next step
  bool (*add_state)(StateHash& hash, bool yields, bool with_end) = nullptr;
  bool used_heap = false;  // this execution
  std::array<ActorState, ModelTest::most_actors> actors{};
  std::uint64_t executions_stopped = 0;
  const char* oracle = nullptr;  // of ours, that failed
  const char* message = nullptr;

  // After an execution that passed. False: that was the last one.
  bool go_on() {
    const HostHeapScope outside;
    ++executions;
    diverged = !strategy->end();
    if (diverged || executions == limits->executions) return false;
    if (limits->stop && limits->stop(executions)) return false;
    exhausted = !strategy->begin();
    return !exhausted;
  }
};
Run run;

void begin_step(unsigned actor) {
  Announced::next = {};
  Announced::begin_step(actor + 1);
  if (!run.keeps_states || run.alone) return;
  run.actors[actor].hashed = false;
  Announced::registers = &run.actors[actor].registers;
}

template <rl::thread_id_t Actors>
class Guided;

template <rl::thread_id_t Actors>
struct Suite : rl::test_suite<Suite<Actors>, Actors> {
  void before() {
    RelacyBackend::events = {};
    Announced::begin_execution();
    run.keeps_states = can_take_registers && run.strategy->wants_states();
    KnownObjects::clear(run.keeps_states);
    if (run.keeps_states) {
      run.used_heap = false;
      run.actors = {};
      Guided<Actors>::find_threads();
    }
    NoPreemptionScope::on = false;
    run.steps = 0;
    run.alone = true;
    run.test->before();
    run.alone = false;
    begin_step(run.first_actor);
  }
  [[gnu::noinline]] void thread(unsigned index) {
    ActorState& actor = run.actors[index];
    actor.base = static_cast<const std::byte*>(__builtin_frame_address(0));
    actor.at = ActorState::At::access;
    run.test->actor(index);
    actor.at = ActorState::At::end;
  }
  void after() {
    for (std::size_t kind = 0; kind != event_kinds; ++kind) {
      if (RelacyBackend::events[kind] != 0) ++run.executions_with[kind];
    }
    run.alone = true;
    Announced::end_actors();
    run.test->after();
    run.alone = false;
  }
};

// Relacy's scheduler, that leaves every choice to the strategy, and records it.
template <rl::thread_id_t Actors>
class Guided : public rl::scheduler<Guided<Actors>, rl::scheduler_thread_info, Actors> {
  using Base = rl::scheduler<Guided<Actors>, rl::scheduler_thread_info, Actors>;

 public:
  struct task_t {};
  using Base::Base;

  rl::thread_id_t iteration_begin_impl() {
    active = this;
    run.record->clear();
    run.stopped = {};
    run.add_state = [](StateHash& hash, bool yields, bool with_end) {
      return active->add_state(hash, yields, with_end);
    };
    if (run.limits->stop_one_actor) choose_who_stops();
    const rl::thread_id_t first = next_actor(Strategy::nobody, false);
    run.first_actor = static_cast<unsigned>(first);
    return first;
  }
  bool iteration_end_impl() { return !run.go_on(); }
  rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned yield) {
    reason = rl::unpark_reason_normal;
    if (decided_ != nobody) return std::exchange(decided_, nobody);
    return next_actor(static_cast<unsigned>(this->thread_->index_), yield != 0);
  }
  // Before an access. True: somebody else comes first, as schedule_impl is about to say.
  bool switches() {
    const rl::thread_id_t actor = next_actor(static_cast<unsigned>(this->thread_->index_), false);
    if (actor == this->thread_->index_) return false;
    decided_ = actor;
    return true;
  }
  unsigned rand_impl(unsigned limit, rl::sched_type type) {
    switch (type) {
      case rl::sched_type_atomic_load:
        return choose(limit, Choice::load);
      case rl::sched_type_cas_fail:  // Relacy's 0 is the failure
        return choose(2, Choice::spurious) == 0 ? 1 : 0;
      default:
        return choose(limit, Choice::user);
    }
  }
  rl::iteration_t iteration_count_impl() { return 1; }
  void get_state_impl(std::ostream&) {}
  void set_state_impl(std::istream&) {}
  void on_thread_block(rl::thread_id_t, bool) {}

  // Relacy keeps its threads in one array, of which it shows the one that runs.
  using Thread = rl::aligned<rl::thread_info<Actors>>;
  static void find_threads() {
    auto* running = static_cast<rl::thread_info<Actors>*>(rl::ctx().threadx_);
    threads = static_cast<Thread*>(running) - running->index_;
  }

  static inline Guided* active = nullptr;
  static inline const Thread* threads = nullptr;

 private:
  static constexpr rl::thread_id_t nobody = -1;

  rl::thread_id_t next_actor(unsigned current, bool yielded) {
    std::uint32_t enabled = 0;
    for (const rl::thread_id_t actor : this->running_threads) enabled |= 1U << actor;
    if (run.stopped.now()) enabled = without_stopped(enabled, current);
    const HostHeapScope outside;
    run.enabled = enabled;
    const unsigned actor = run.strategy->next_actor(enabled, current, yielded);
    begin_step(actor);
    const bool can_go_on = current != Strategy::nobody && !yielded && contains(enabled, current);
    run.record->add({Step::Kind::actor, static_cast<std::uint8_t>(actor),
                     actor == default_actor(enabled, current, yielded),
                     can_go_on && actor != current});
    if (actor == run.stopped.actor && run.stopped.steps_before != 0) --run.stopped.steps_before;
    return static_cast<rl::thread_id_t>(actor);
  }

  bool add_state(StateHash& hash, bool yields, bool with_end) {
    if (!run.keeps_states || run.alone || run.used_heap) return false;
    MemoryState<Actors> memory;
    for (unsigned actor = 0; actor != Actors; ++actor) {
      ActorState& state = run.actors[actor];
      state.add_to(hash);
      if (state.at == ActorState::At::end) continue;
      if (!contains(run.enabled, actor)) return false;  // it waits for a mutex
      memory.add_actor(actor, threads[actor]);
    }
    const unsigned stale = run.limits->stale_reads == StaleReads::two ? 2 : 1;
    return memory.add_to(hash, stale, yields) && run.test->add_state(hash, with_end);
  }

  void choose_who_stops() {
    const unsigned who = choose(Actors + 1, Choice::user);  // 0: nobody
    if (who == 0) return;
    run.stopped.steps_before = choose(steps_to_stop, Choice::user);
    run.stopped.actor = who - 1;
  }
  // Of those that are enabled, who may go on. current: as for next_actor.
  std::uint32_t without_stopped(std::uint32_t enabled, unsigned current) {
    Stopped& stopped = run.stopped;
    if (current == stopped.actor && !stopped.shown) {
      stopped.shown = true;
      ++run.executions_stopped;
      if (rl::ctx().collecting_history()) {
        rl::ctx().exec_log_msg(rl::debug_info(), "is stopped here for good");
      }
    }
    if (const std::uint32_t others = enabled & ~(1U << stopped.actor); others != 0) return others;
    for (const auto& thread : this->threads_) {
      if (thread.state_ == rl::thread_state_blocked) stopped.waiting |= 1U << thread.index_;
    }
    if (stopped.waiting != 0) {
      rl::ctx().fail_test("progress", rl::test_result_deadlock, rl::debug_info());
    }
    stopped.over = true;
    return enabled;
  }

  unsigned choose(std::uint32_t n, Choice choice) {
    if (n == 1) return 0;
    const HostHeapScope outside;
    const std::uint32_t number = run.strategy->choose(n, choice);
    run.record->add({step_kind(choice), static_cast<std::uint8_t>(number), number == 0, false});
    return number;
  }

  rl::thread_id_t decided_ = nobody;
};

// Relacy's context, that saves the way to the scheduler and back where the actor just goes on.
template <rl::thread_id_t Actors>
class Context final : public rl::context_impl<Suite<Actors>, Guided<Actors>> {
 public:
  using rl::context_impl<Suite<Actors>, Guided<Actors>>::context_impl;

  void* alloc(std::size_t size) override {
    run.used_heap = true;
    return rl::context_impl<Suite<Actors>, Guided<Actors>>::alloc(size);
  }
  void sched() override {
    if (NoPreemptionScope::on) {
      Announced::next = {};
      return;
    }
    if (++run.steps > run.limits->depth) fail_as_livelock();
    if (run.alone) return;  // but even before() and after() can get into a loop
    if (Guided<Actors>::active->switches()) this->schedule(0);
  }

 private:
  static void fail_as_livelock() {
    rl::ctx().fail_test("livelock", rl::test_result_livelock, rl::debug_info());
  }
};

template <rl::thread_id_t Actors>
rl::test_result_e simulate(rl::test_params& params) {
  typename Guided<Actors>::shared_context_t shared;
  rl::ostringstream unused;
  rl::istringstream state(params.initial_state);
  return Context<Actors>(params, shared).simulate(unused, state, false);
}

rl::test_result_e simulate(unsigned actors, rl::test_params& params) {
  switch (actors) {
    case 2:
      return simulate<2>(params);
    case 3:
      return simulate<3>(params);
    case 4:
      return simulate<4>(params);
    default:
      std::fprintf(stderr, "poolproof: explore takes 2 to 4 actors\n");
      std::abort();
  }
}

struct Reason {
  const char* oracle;
  std::string message;
};

// Of a failure while an actor was stopped.
std::string no_progress(unsigned depth) {
  const std::string who = "actor " + std::to_string(run.stopped.actor);
  if (run.stopped.waiting == 0) {
    return who + " is stopped, and the others come to no end within " + std::to_string(depth) +
           " steps";
  }
  std::string text;
  for (unsigned actor = 0; actor != ModelTest::most_actors; ++actor) {
    if (!contains(run.stopped.waiting, actor)) continue;
    text += (text.empty() ? "actor " : " and actor ") + std::to_string(actor);
  }
  return text + (std::has_single_bit(run.stopped.waiting) ? " waits for " : " wait for ") + who +
         ", which is stopped";
}

Reason reason_of(rl::test_result_e result, unsigned depth) {
  const bool stands = result == rl::test_result_livelock || result == rl::test_result_deadlock;
  if (stands && run.stopped.now()) return {"progress", no_progress(depth)};
  switch (result) {
    case rl::test_result_user_assert_failed:
      return {run.oracle, run.message};
    case rl::test_result_data_race:
      return {"race", "two actors access a variable, one of them writes, and nothing orders them"};
    case rl::test_result_livelock:
      return {"livelock", "there is no end after " + std::to_string(depth) + " steps"};
    case rl::test_result_deadlock:
      return {"deadlock", "every actor that is not done waits for another"};
    case rl::test_result_memory_leak:
    case rl::test_result_resource_leak:
      return {"leak", "an object of the allocator was not destroyed"};
    case rl::test_result_unitialized_access:
      return {"uninitialized", "a variable is read that was never written"};
    default:
      return {"misuse", rl::test_result_str(result)};
  }
}

}  // namespace

ModelResult explore(ModelTest& test, unsigned actors, Strategy& strategy, const Limits& limits,
                    ScheduleRecord* record) {
  static ScheduleRecord own_record;
  run = {.test = &test,
         .strategy = &strategy,
         .limits = &limits,
         .record = record == nullptr ? &own_record : record};
  ModelResult result;
  if (!strategy.begin()) {
    result.passed = result.exhausted = true;
    return result;
  }
  std::ostream silent(nullptr);
  rl::ostringstream history;
  rl::test_params params;
  params.progress_stream = &silent;
  params.output_stream = &history;
  params.execution_depth_limit = limits.depth;
  params.collect_history = limits.trace;
  // All that Relacy itself makes of this is how it sees memory.
  params.search_type = limits.stale_reads == StaleReads::two ? rl::sched_random : rl::sched_bound;

  const auto start = std::chrono::steady_clock::now();
  const rl::test_result_e verdict = simulate(actors, params);
  result.seconds = in_seconds(std::chrono::steady_clock::now() - start);
  result.executions = run.executions;
  result.executions_with = run.executions_with;
  result.stopped = run.executions_stopped;
  result.exhausted = run.exhausted;
  result.schedule = run.record->get();
  if (run.diverged) {
    result.oracle = "nondeterminism";
    result.failure = "the same choices led to another execution";
  } else if (verdict == rl::test_result_success) {
    result.passed = true;
  } else {
    ++result.executions;
    const Reason reason = reason_of(verdict, limits.depth);
    result.oracle = reason.oracle;
    result.failure = reason.message;
    const rl::string text = history.str();
    result.history = read_history({text.data(), text.size()});
  }
  return result;
}

bool add_state(StateHash& hash, bool yields, bool with_end) {
  return run.add_state != nullptr && run.add_state(hash, yields, with_end);
}

void require(bool ok, const char* oracle, const char* message, std::source_location where) {
  if (ok) return;
  run.oracle = oracle;
  run.message = message;
  rl::ctx().fail_test(message, rl::test_result_user_assert_failed, to_relacy(where));
}

const std::array<std::uint64_t, event_kinds>& executions_with_events() {
  return run.executions_with;
}

std::uint32_t model_choice(std::uint32_t n) { return n == 1 ? 0 : rl::rand(n); }

bool model_stops_one_actor() { return run.limits->stop_one_actor; }

bool model_is_traced() { return rl::ctx().collecting_history(); }

void model_note(const char* text, std::source_location where) {
  if (model_is_traced()) rl::ctx().exec_log_msg(to_relacy(where), text);
}

}  // namespace poolproof
