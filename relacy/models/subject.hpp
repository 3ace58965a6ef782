// To add subjects to the model checker of a program of one's own; see harness/subjects/subject.hpp,
// which has the same functions for the stress run.
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>

#include "backend.hpp"
#include "block_model.hpp"
#include "harness/subjects/atom.hpp"
#include "harness/subjects/atom_flag.hpp"
#include "harness/subjects/plain_var.hpp"
#include "harness/subjects/subject_arena.hpp"
#include "harness/subjects/subject_entry.hpp"
#include "harness/subjects/subject_pool.hpp"
#include "model_subjects.hpp"
#include "relacy/engine/model_fence.hpp"
#include "sized_model.hpp"

namespace poolproof {

struct ModelCheckEngine {
  using Backend = SubjectBackend;
  template <class T>
  using Atom = BackendAtom<T, SubjectAtomic, Where>;

  // The program that stresses is another one.
  template <class P, class Scenario>
  static std::unique_ptr<StressRun> make_run(const RunConfig&) {
    return nullptr;
  }
  template <class P, class... Scenarios>
  static void add_model(const char* name, ScenarioList<Scenarios...>) {
    const auto make = [](std::string_view scenario,
                         const Scope& scope) -> std::unique_ptr<ModelTest> {
      if constexpr (!SizedSubject<P>) {
        return make_block_model<SubjectPool<P>>(scenario, scope, ScenarioList<Scenarios...>());
      } else if constexpr (SizedSubjectOnMemory<P>) {
        return make_sized_model<SubjectArena<P>>(scenario, scope, ScenarioList<Scenarios...>());
      }
      return nullptr;
    };
    poolproof::add_model({name, make});
  }
};

template <class T>
using EngineAtom = ModelCheckEngine::Atom<T>;
using atomic_flag = BackendFlag<SubjectAtomic, Where>;

// For the plain members of code that came through an Atom: their races are seen.
template <class T>
using var = PlainVar<T, SubjectVar, Where>;
// std::atomic_thread_fence, as Relacy runs it.
inline void fence(std::memory_order order, Where where = Where::current()) noexcept {
  model_fence(order, where);
}
// For loops that wait: others may go on. No loop needs it to pass a check.
inline void pause(Where where = Where::current()) noexcept {
  if (in_execution()) ModelBackend::pause(1, where);
}

template <template <Backend> class Pool, class... Scenarios>
Added add_subject(const char* name, const char* summary, SubjectTraits traits = {}) {
  // Named within a template: clang 14 breaks down at what it could look at at once.
  const auto add = [&]<class Engine>(std::type_identity<Engine>) {
    return add_to_engine<Engine, Pool<typename Engine::Backend>, Sight::all, Scenarios...>(
        name, summary, traits);
  };
  return add(std::type_identity<ModelCheckEngine>());
}
template <template <template <class> class> class Pool, class... Scenarios>
Added add_subject(const char* name, const char* summary, SubjectTraits traits = {}) {
  return add_to_engine<ModelCheckEngine, Pool<ModelCheckEngine::Atom>, Sight::atomics,
                       Scenarios...>(name, summary, traits);
}
template <class P, class... Scenarios>
Added add_black_box(const char* name, const char* summary, SubjectTraits traits = {}) {
  return add_to_engine<ModelCheckEngine, P, Sight::calls, Scenarios...>(name, summary, traits);
}

}  // namespace poolproof
