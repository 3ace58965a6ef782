// Relacy's scheduler, as explore() runs it. Guided leaves every choice to the strategy, and records
// it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "memory_state.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/adapter/exploration.hpp"
#include "relacy/adapter/host_heap.hpp"

// Not used here, but Relacy's context names them all.
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/semaphore.hpp>

namespace poolproof {

inline std::uint32_t bit(unsigned actor) noexcept { return 1U << actor; }

template <rl::thread_id_t Actors>
class Guided final : public rl::scheduler<Guided<Actors>, rl::scheduler_thread_info, Actors>,
                     public StateSource {
  using Base = rl::scheduler<Guided<Actors>, rl::scheduler_thread_info, Actors>;

 public:
  struct task_t {};
  using Base::Base;

  static Guided& active() noexcept {
    return static_cast<Guided&>(*Exploration::current->scheduler);
  }

  rl::thread_id_t iteration_begin_impl() {
    Exploration& all = *Exploration::current;
    all.scheduler = this;
    all.record.clear();
    all.fine = all.strategy.has_fine_steps();
    if (all.fine) all.record.add(fine_step);
    all.stopped = {};
    all.turns.clear();
    running_ = (1U << Actors) - 1;
    all.later = {.not_begun = all.test.later_actors() & (bit(Actors) - 1)};
    all.waiting.clear(Actors, all.later.not_begun != 0, all.fine);
    all.events_told.clear();
    if (all.limits.stop_one_actor) choose_who_stops();
    const rl::thread_id_t first = next_actor(Strategy::nobody, false);
    all.first_actor = static_cast<unsigned>(first);
    return first;
  }
  bool iteration_end_impl() { return !go_on(*Exploration::current); }
  rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned yield) {
    reason = rl::unpark_reason_normal;
    if (decided_ != nobody) return std::exchange(decided_, nobody);
    return next_actor(static_cast<unsigned>(this->thread_->index_), yield != 0);
  }
  // Before an access. Returns true if another actor comes first, as schedule_impl will say.
  bool switches() {
    const rl::thread_id_t actor = next_actor(static_cast<unsigned>(this->thread_->index_), false);
    if (actor == this->thread_->index_) return false;
    decided_ = actor;
    return true;
  }
  unsigned rand_impl(unsigned limit, rl::sched_type type) {
    if (type == rl::sched_type_atomic_load) return Exploration::current->looks_back() ? 1 : 0;
    return Exploration::current->choose(limit, Choice::user);
  }
  rl::iteration_t iteration_count_impl() { return 1; }
  void get_state_impl(std::ostream&) {}
  void set_state_impl(std::istream&) {}
  // Relacy tells who waits for a mutex or is done, and who does not any more.
  void on_thread_block(rl::thread_id_t actor, bool) noexcept {
    running_ &= ~bit(static_cast<unsigned>(actor));
  }
  void unpark_thread(rl::thread_id_t actor, bool do_switch = false) {
    Base::unpark_thread(actor, do_switch);
    if (this->threads_[actor].state_ == rl::thread_state_running)
      running_ |= bit(static_cast<unsigned>(actor));
  }

  // Relacy keeps its threads in one array and shows the one that runs.
  void find_threads() {
    auto* running = static_cast<rl::thread_info<Actors>*>(rl::ctx().threadx_);
    thread_infos_ = static_cast<Thread*>(running) - running->index_;
  }
  bool add_state(StateHash& hash, bool yields, bool with_end) override {
    Exploration& all = *Exploration::current;
    if (!all.keeps_states || all.alone || all.used_heap) return false;
    MemoryState<Actors> memory;
    for (unsigned actor = 0; actor != Actors; ++actor) {
      FiberState& state = all.actors[actor];
      state.add_to(hash);
      if (state.at == FiberState::At::end) continue;
      // It is in the set of those that wait for that mutex, whose order does not matter, since who
      // is woken is a choice. For which one, and what it does then, is on its stack.
      const bool waits = !contains(running_, actor);
      if (waits ? all.limits.stop_one_actor : !contains(all.live, actor)) return false;
      hash.add(waits ? 1 : 0);
      hash.add(all.waiting.idle(actor + 1));
      memory.add_actor(actor, thread_infos_[actor]);
    }
    if (!Records::all().empty()) add_fences(memory);  // users' code, which may have some
    const unsigned stale = all.limits.stale_reads == StaleReads::one ? 1 : StoreList::most - 1;
    return memory.add_to(hash, all.objects, stale, yields) && all.test.add_state(hash, with_end);
  }
  std::uint32_t wait_for_mutex() const override {
    const Exploration& all = *Exploration::current;
    std::uint32_t waiting = 0;
    for (unsigned actor = 0; actor != Actors; ++actor) {
      if (all.actors[actor].at == FiberState::At::access) waiting |= bit(actor) & ~running_;
    }
    return waiting;
  }

 private:
  using Thread = rl::aligned<rl::thread_info<Actors>>;

  void add_fences(MemoryState<Actors>& memory) const noexcept {
    const Exploration& all = *Exploration::current;
    for (unsigned actor = 0; actor != Actors; ++actor) {
      if (all.actors[actor].at != FiberState::At::end) memory.add_fences(thread_infos_[actor]);
    }
    memory.add_global_fence(all.fences.data());
  }
  static constexpr rl::thread_id_t nobody = -1;

  rl::thread_id_t next_actor(unsigned current, bool yielded) {
    Exploration& all = *Exploration::current;
    std::uint32_t live = running_;
    if (all.later.over) [[unlikely]]
      return lowest(live);
    if (all.later.parked() != 0) [[unlikely]] {
      live &= ~all.later.parked();
      if (live == 0) return without_live(running_);
    }
    if (all.stopped.now()) [[unlikely]]
      live = without_stopped(live, current);
    all.live = live;
    const std::uint32_t enabled = allowed(live, current);
    const HostHeapScope outside;
    const Situation situation{enabled, live, current, yielded, all.step, *this};
    const unsigned actor = all.strategy.next_actor(situation);
    all.turns.took(actor);
    all.begin_step(actor);
    all.record.add({Step::Kind::actor, static_cast<std::uint8_t>(actor),
                    actor == default_actor(situation), situation.can_go_on() && actor != current});
    all.stopped.step(actor);
    return static_cast<rl::thread_id_t>(actor);
  }
  // All that are not done are parked. That those who wait do so for good is a failure, or the end
  // of the execution; and when there are only actors that never began, these are done as soon as
  // they run. Neither is a choice.
  rl::thread_id_t without_live(std::uint32_t running) {
    Exploration& all = *Exploration::current;
    if ((running & all.later.blocked) != 0) {
      if (!all.test.discards_blocked() && !all.later.discarded) {
        rl::ctx().fail_test("deadlock", rl::test_result_deadlock, rl::debug_info());
      }
      all.later.over = all.later.discarded = true;
    }
    return lowest(running);
  }
  static rl::thread_id_t lowest(std::uint32_t running) noexcept {
    return static_cast<rl::thread_id_t>(std::countr_zero(running));
  }
  // Who may take the next step without being left out; see Turns.
  std::uint32_t allowed(std::uint32_t live, unsigned current) {
    Exploration& all = *Exploration::current;
    if (all.waiting.all() == 0 && all.turns.is_usual()) [[likely]]
      return live;
    if (current < ModelTest::most_actors) all.waiting.stands_before(current + 1, all.step.next);
    if (all.fine && contains(live, current) && all.turns.runs_on(current, all.waiting)) {
      return bit(current);
    }
    all.note_guess(live);
    const bool waited = all.turns.all_wait();
    const std::uint32_t allowed = all.turns.allowed(live, current, all.waiting);
    if (all.turns.all_wait() && !waited) all.all_wait_from_here(live);
    if (all.turns.in_vain() && (all.test.discards_blocked() || all.later.discarded)) {
      all.later.over = all.later.discarded = true;
      return live;
    }
    if (all.turns.in_vain()) {
      all.record.size = all.choices_before_all_wait;
      rl::ctx().fail_test("livelock", rl::test_result_livelock, rl::debug_info());
    }
    return allowed;
  }
  void choose_who_stops() {
    StoppedActor& stopped = Exploration::current->stopped;
    const unsigned who = Exploration::current->choose(Actors + 1, Choice::user);  // 0: nobody
    if (who == 0) return;
    stopped.steps_before = Exploration::current->choose(steps_to_stop, Choice::user);
    stopped.actor = who - 1;
  }
  // Who may take the next step while an actor is stopped: all others that are enabled. If there are
  // none, it goes on.
  std::uint32_t without_stopped(std::uint32_t enabled, unsigned current) {
    StoppedActor& stopped = Exploration::current->stopped;
    if (current == stopped.actor) show_stop();
    if (const std::uint32_t others = stopped.others(enabled); others != 0) return others;
    fail_if_any_wait();
    stopped.over = true;
    return enabled;
  }
  static void show_stop() {
    StoppedActor& stopped = Exploration::current->stopped;
    if (std::exchange(stopped.shown, true)) return;
    ++Exploration::current->executions_stopped;
    if (rl::ctx().collecting_history()) {
      rl::ctx().exec_log_msg(rl::debug_info(), "is stopped here for good");
    }
  }
  void fail_if_any_wait() {
    StoppedActor& stopped = Exploration::current->stopped;
    for (const auto& thread : this->threads_) {
      if (thread.state_ == rl::thread_state_blocked)
        stopped.waiting |= bit(static_cast<unsigned>(thread.index_));
    }
    if (stopped.waiting == 0) return;
    rl::ctx().fail_test("progress", rl::test_result_deadlock, rl::debug_info());
  }

  // After an execution that passed. Returns false if that was the last one.
  static bool go_on(Exploration& all) {
    const HostHeapScope outside;
    ++all.executions;
    if (all.later.discarded) ++all.executions_discarded;
    all.diverged = !all.strategy.end(all.last_step);
    if (all.diverged || all.executions == all.limits.executions) return false;
    if (all.limits.stop && all.limits.stop(all.executions)) return false;
    all.exhausted = !all.strategy.begin();
    return !all.exhausted;
  }

  std::uint32_t running_ = 0;  // bit set of those that are not done and wait for no mutex
  rl::thread_id_t decided_ = nobody;
  const Thread* thread_infos_ = nullptr;
};

}  // namespace poolproof
