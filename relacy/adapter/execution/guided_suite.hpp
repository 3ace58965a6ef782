// Relacy's suite and context, as explore() runs them: they call the test, and say where others may
// move.
#pragma once

#include <cstddef>
#include <cstdlib>

#include "guided_scheduler.hpp"
#include "relacy/adapter/atomics/relacy_stores.hpp"

namespace poolproof {

template <rl::thread_id_t Actors>
struct Suite : rl::test_suite<Suite<Actors>, Actors> {
  void before() {
    Exploration& all = *Exploration::current;
    all.begin_execution();
    WeakAtomics::all().take_all_back();
    AllRelacyStores::all().take_all_back();
    if (all.keeps_states) Guided<Actors>::active().find_threads();
    all.alone = true;
    all.test.before();
    all.alone = false;
    all.begin_step(all.first_actor);
  }
  // Not inlined: its frame is the first of those that make up an actor's state.
  [[gnu::noinline]] void thread(unsigned index) {
    Exploration& all = *Exploration::current;
    FiberState& actor = all.actors[index];
    actor.base = static_cast<const std::byte*>(__builtin_frame_address(0));
    actor.at = FiberState::At::access;
    all.test.actor(index);
    actor.at = FiberState::At::end;
  }
  void after() {
    Exploration& all = *Exploration::current;
    all.alone = true;
    all.end_actors();
    all.test.after();
    all.alone = false;
    Records::all().destroy();
    if (WeakAtomics::all().lent() != 0) {
      rl::ctx().fail_test("atomic leak", rl::test_result_resource_leak, rl::debug_info());
    }
  }
};

// Relacy's context, which saves the way to the scheduler and back if the actor just goes on.
template <rl::thread_id_t Actors>
class Context final : public rl::context_impl<Suite<Actors>, Guided<Actors>> {
  using Base = rl::context_impl<Suite<Actors>, Guided<Actors>>;

 public:
  using Base::Base;

  // Models whose actors begin within an execution bring a heap for what they test, and keep strings
  // of their own beyond an execution: these come from the host.
  void* alloc(std::size_t size) override {
    Exploration& all = *Exploration::current;
    all.used_heap = true;
    return all.test.later_actors() != 0 ? std::malloc(size) : Base::alloc(size);
  }
  void free(void* memory) override {
    if (Exploration::current->test.later_actors() != 0) return std::free(memory);
    Base::free(memory);
  }
  void sched() override {
    Exploration& all = *Exploration::current;
    count_step(all);
    if (all.alone) return;
    if (Guided<Actors>::active().switches()) this->schedule(0);
  }
  void yield(unsigned count, rl::debug_info_param info) override {
    count_step(*Exploration::current);
    Base::yield(count, info);
  }

 private:
  // Even before() and after() can get into a loop.
  static void count_step(Exploration& all) {
    if (!all.alone) {
      if (all.turns.step(all.depth)) [[likely]]
        return;
    } else if (all.turns.step_alone(all.waiting, all.depth)) {
      return;
    }
    fail_by_length(all);
  }
  [[gnu::cold, gnu::noinline]] static void fail_by_length(Exploration& all) {
    if (all.test.most_steps() != 0) {
      if (!all.later.over) all.test.takes_too_long();
      all.later.over = all.later.discarded = true;
      return;
    }
    rl::ctx().fail_test("livelock", rl::test_result_livelock, rl::debug_info());
  }
};

}  // namespace poolproof
