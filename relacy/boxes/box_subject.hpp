// To add black boxes to the program that the model check runs them in, as they are; see
// harness/subjects/subject.hpp, which has the same functions for the stress run. Subjects that are
// templates are checked elsewhere.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <new>
#include <span>

#include "allocators/std_backend.hpp"
#include "box.hpp"
#include "harness/subjects/atom.hpp"
#include "harness/subjects/plain_var.hpp"
#include "harness/subjects/subject_entry.hpp"

namespace poolproof {

template <class T>
using EngineAtom = BackendAtom<T, StdBackend::template atomic, NoWhere>;
using atomic_flag = std::atomic_flag;
template <class T>
using var = PlainVar<T, StdBackend::template var, NoWhere>;
inline void fence(std::memory_order order) noexcept { std::atomic_thread_fence(order); }
inline void pause() noexcept { StdBackend::pause(); }

// In memory that each execution finds as it was.
template <class P>
union BoxPlace {
  BoxPlace() {}
  ~BoxPlace() {}
  P pool;
};
// A pool that is made anew lies in the other one: no mutex of the old one's is there.
template <class P>
inline BoxPlace<P> box_place[2];
template <class P>
inline unsigned box_pools = 0;  // made so far
template <class P>
P& box_pool() {
  return box_place<P>[box_pools<P> % 2].pool;
}
alignas(64) inline std::byte box_memory[box_memory_bytes];

template <class P>
void make_box(void* memory, std::size_t blocks, std::size_t block_size) {
  ++box_pools<P>;
  void* const place = &box_pool<P>();
  if constexpr (SubjectOnMemory<P>) {
    ::new (place) P(memory, blocks, block_size);
  } else if constexpr (SubjectWithMemory<P>) {
    ::new (place) P(blocks, block_size);
  } else {
    ::new (place) P(block_size);
  }
}

template <class P>
BoxPool box_pool_of() {
  BoxPool box{.on_memory = SubjectOnMemory<P>,
              .bounded = !SubjectWithoutBound<P>,
              .may_fail = SubjectMayFail<P>,
              .must_succeed = SubjectMustSucceed<P>,
              .waits = SubjectWaits<P>,
              .make = &make_box<P>,
              .destroy = [] { box_pool<P>().~P(); },
              .alloc = []() -> void* { return box_pool<P>().alloc(); },
              .free = [](void* block) { box_pool<P>().free(block); }};
  if constexpr (SubjectTakesSizes<P>) {
    box.alloc_bytes = [](std::size_t bytes) -> void* { return box_pool<P>().alloc(bytes); };
  }
  if constexpr (SubjectAllocsMany<P>) {
    box.alloc_many = [](void** blocks, std::size_t count) -> std::size_t {
      return box_pool<P>().alloc_many(std::span<void*>(blocks, count));
    };
  }
  if constexpr (SubjectFreesMany<P>) {
    box.free_many = [](void* const* blocks, std::size_t count) {
      box_pool<P>().free_many(std::span<void* const>(blocks, count));
    };
  }
  if constexpr (SubjectKeeps<P>) {
    box.most_kept = []() -> std::size_t { return box_pool<P>().most_kept(); };
  }
  if constexpr (SubjectFlushes<P>) box.flush = [] { box_pool<P>().flush(); };
  if constexpr (SubjectOracle<P>) {
    box.violation = []() -> const char* { return box_pool<P>().violation(); };
  }
  return box;
}

template <class... Scenarios>
constexpr auto box_scenarios(ScenarioList<Scenarios...>) {
  static_assert(BlockActor<BoxActor>);
  return std::array{BoxScenario{&Scenarios::info, [](BoxActor& me) { Scenarios::step(me); }}...};
}

template <template <Backend> class Pool, class... Scenarios>
Added add_subject(const char*, const char*, SubjectTraits = {}) {
  return {};
}
template <template <template <class> class> class Pool, class... Scenarios>
Added add_subject(const char*, const char*, SubjectTraits = {}) {
  return {};
}
template <class P, class... Scenarios>
Added add_black_box(const char* name, const char*, SubjectTraits = {}) {
  if constexpr (check_subject<P, true>() && (check_scenario<Scenarios>() && ...) &&
                !SizedSubject<P>) {
    static constexpr auto scenarios =
        box_scenarios(joined(BlockScenarios(), ScenarioList<Scenarios...>()));
    static Box box{.name = name,
                   .pool = box_pool_of<P>(),
                   .scenarios = scenarios.data(),
                   .scenario_count = scenarios.size(),
                   .memory = box_memory};
    poolproof_box_add(&box);
  }
  return {};
}

}  // namespace poolproof
