// To add subjects, allocators that are no part of this project, to a program of one's own: each is
// named once, in a static object, and then stands beside ours in every verb.
//
//   const auto added = poolproof::add_subject<MyPool>("my_pool", "what it is");
//   const auto added = poolproof::add_subject<MyPool, MyScenario>("my_pool", "what it is");
//   const auto added = poolproof::add_black_box<MyPool>("my_pool", "what it is");
//
// This is the header of the stress run; the model checker has one with the same functions. What a
// subject offers is in subject_concepts.hpp, what a scenario is in scenarios/scenario.hpp.
#pragma once

#include <algorithm>
#include <memory>
#include <type_traits>

#include "allocators/std_backend.hpp"
#include "atom.hpp"
#include "atom_flag.hpp"
#include "harness/sized/sized_run.hpp"
#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/observed_backend.hpp"
#include "harness/stress/runs/block_run.hpp"
#include "plain_var.hpp"
#include "subject_arena.hpp"
#include "subject_entry.hpp"
#include "subject_pool.hpp"

namespace poolproof {

// What the stress run makes of subjects.
struct StressEngine {
  using Backend = ChaosBackend<ObservedBackend<StdBackend>>;
  template <class T>
  using Atom = BackendAtom<T, Backend::template atomic, NoWhere>;

  template <class P, class Scenario>
  static std::unique_ptr<StressRun> make_run(const RunConfig& config) {
    if constexpr (SizedSubject<P>) {
      return std::make_unique<SizedRun<SubjectArena<P>, Scenario>>(config);
    } else {
      RunConfig mine = config;
      // Of two threads only one can wait at a time, and no wake-up can be lost to the other.
      if (SubjectWaits<P>) mine.threads = std::max(mine.threads, 4U);
      return std::make_unique<BlockRun<SubjectPool<P>, Scenario>>(mine);
    }
  }
  template <class P, class... Scenarios>
  static void add_model(const char*, ScenarioList<Scenarios...>) {}
};

// The Atom that add_subject gives, for code that takes its atomics from elsewhere than a parameter.
template <class T>
using EngineAtom = StressEngine::Atom<T>;
using atomic_flag = BackendFlag<StressEngine::Backend::template atomic, NoWhere>;

// For the plain members of code that came through an Atom: the model check sees their races, and
// ThreadSanitizer does.
template <class T>
using var = PlainVar<T, StressEngine::Backend::template var, NoWhere>;
// std::atomic_thread_fence. ThreadSanitizer does not know fences: what only they order, it reports.
inline void fence(std::memory_order order) noexcept {
#ifdef __SANITIZE_THREAD__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
  std::atomic_thread_fence(order);
#ifdef __SANITIZE_THREAD__
#pragma GCC diagnostic pop
#endif
}
// For loops that wait: others may go on. No loop needs it to pass a check.
inline void pause() noexcept { StressEngine::Backend::pause(); }

// Pool takes a backend (allocators/backend.hpp), from which it takes all that touches concurrency:
// every engine sees it. name, summary: to live as long as the program.
template <template <Backend> class Pool, class... Scenarios>
Added add_subject(const char* name, const char* summary, SubjectTraits traits = {}) {
  // Named within a template: clang 14 breaks down at what it could look at at once.
  const auto add = [&]<class Engine>(std::type_identity<Engine>) {
    return add_to_engine<Engine, Pool<typename Engine::Backend>, Sight::all, Scenarios...>(
        name, summary, traits);
  };
  return add(std::type_identity<StressEngine>());
}
// Pool takes its atomics: every engine sees these, and ThreadSanitizer alone sees the rest.
template <template <template <class> class> class Pool, class... Scenarios>
Added add_subject(const char* name, const char* summary, SubjectTraits traits = {}) {
  return add_to_engine<StressEngine, Pool<StressEngine::Atom>, Sight::atomics, Scenarios...>(
      name, summary, traits);
}
// P is as it is. The stress run, also under ThreadSanitizer, sees its calls; the model check, in a
// program of its own, all that it does.
template <class P, class... Scenarios>
Added add_black_box(const char* name, const char* summary, SubjectTraits traits = {}) {
  return add_to_engine<StressEngine, P, Sight::calls, Scenarios...>(name, summary, traits);
}

}  // namespace poolproof
