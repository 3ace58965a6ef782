// RelacyBackend: the backend under which Relacy explores an allocator. Each atomic, variable and
// mutex is Relacy's, and each access is logged with the place in the allocator that made it.
// Exists only inside an execution (see model_engine.hpp): Relacy keeps its state there.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <source_location>
#include <type_traits>

// The parts, and never relacy.hpp, which makes macros of new, delete, free and assert.
#include <relacy/context.hpp>
// After context.hpp.
#include <relacy/atomic.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/var.hpp>

#include "actor_registers.hpp"
#include "allocators/backend.hpp"
#include "exploration.hpp"
#include "known_objects.hpp"
#include "orders.hpp"
#include "relacy/engine/access.hpp"
#include "to_relacy.hpp"
#include "tracked.hpp"

namespace poolproof {

// While it lives, the engine lets no other actor move.
class NoPreemptionScope {
 public:
  NoPreemptionScope() noexcept { Exploration::current->uninterrupted = true; }
  NoPreemptionScope(const NoPreemptionScope&) = delete;
  NoPreemptionScope& operator=(const NoPreemptionScope&) = delete;
  ~NoPreemptionScope() { Exploration::current->uninterrupted = false; }
};

// Says what the actor is about to access. What it needs after that is in registers that functions
// preserve, or on its stack.
[[gnu::always_inline]] inline void announce_access(Access::Kind kind, bool seq_cst,
                                                   std::uint32_t object) noexcept {
  Exploration& exploration = *Exploration::current;
  exploration.step.next = {kind, seq_cst, object};
  if (exploration.registers != nullptr) take_registers(exploration.registers);
}

inline std::uint32_t new_object() noexcept {
  return Exploration::current->names.next(Exploration::current->creator);
}

// Audited: may an audit change its orders?
template <class T, bool Audited>
class BasicRelacyAtomic : Tracked<KnownObject::Kind::atomic> {
  static_assert(knows_layout<T>);

 public:
  explicit BasicRelacyAtomic(T value) : BasicRelacyAtomic(value, new_object()) {}

  T load(std::memory_order order, Where where = Where::current()) const noexcept {
    const rl::memory_order used_order = used("load", order, where);
    announce(Access::Kind::load, used_order);
    return atomic_.load(used_order, to_relacy(where));
  }
  void store(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("store", order, where);
    announce(Access::Kind::store, used_order);
    atomic_.store(value, used_order, to_relacy(where));
    Exploration::current->step.wrote = true;
  }
  T exchange(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("exchange", order, where);
    announce(Access::Kind::update, used_order);
    return wrote(atomic_.exchange(value, used_order, to_relacy(where)));
  }
  T fetch_add(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("fetch_add", order, where);
    announce(Access::Kind::update, used_order);
    return wrote(atomic_.fetch_add(value, used_order, to_relacy(where)));
  }
  T fetch_sub(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("fetch_sub", order, where);
    announce(Access::Kind::update, used_order);
    return wrote(atomic_.fetch_sub(value, used_order, to_relacy(where)));
  }
  bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                             std::memory_order failure, Where where = Where::current()) noexcept {
    return cas<true>(expected, value, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                               std::memory_order failure, Where where = Where::current()) noexcept {
    return cas<false>(expected, value, success, failure, where);
  }

 private:
  BasicRelacyAtomic(T value, std::uint32_t object)
      : Tracked(sizeof *this, atomic_layout<T>),
        atomic_(announced(value, object)),
        object_(object) {
    constructed();
    Exploration::current->step.wrote = true;
  }
  [[gnu::always_inline]] static T announced(T value, std::uint32_t object) noexcept {
    announce_access(Access::Kind::store, false, object);
    return value;
  }
  [[gnu::always_inline]] void announce(Access::Kind kind, rl::memory_order order) const noexcept {
    announce_access(kind, order == rl::mo_seq_cst, object_);
  }
  static T wrote(T value) noexcept {
    Exploration::current->step.wrote = true;
    return value;
  }

  static rl::memory_order used(const char* operation, std::memory_order order, const Where& where,
                               bool on_failure = false) noexcept {
    return to_relacy(Audited ? Orders::of(operation, order, where, on_failure) : order);
  }

  // Where Relacy cannot run the failure order: the CAS fails as relaxed, and before any other
  // thread can move, a load with the order follows. It reads the very store that the CAS has seen
  // (coherence), so it acquires what the failure should have: neither more nor less. The trace
  // shows it as a line of its own.
  template <bool Weak>
  bool cas(T& expected, T value, std::memory_order on_success, std::memory_order on_failure,
           const Where& place) noexcept {
    constexpr rl::bool_t<Weak> weak;
    const rl::memory_order success = used("CAS", on_success, place);
    const rl::memory_order failure = used("CAS failure", on_failure, place, true);
    const rl::debug_info where = to_relacy(place);
    announce(Access::Kind::update, success);
    if (runs_failure_order(success, failure)) {
      const bool done = atomic_.compare_exchange(weak, expected, value, success, failure, where);
      if (done) Exploration::current->step.wrote = true;
      return done;
    }
    if (atomic_.compare_exchange(weak, expected, value, success, rl::mo_relaxed, where)) {
      Exploration::current->step.wrote = true;
      return true;
    }
    const NoPreemptionScope uninterrupted;
    expected = atomic_.load(failure, where);
    return false;
  }

  rl::atomic<T> atomic_;  // first: its address is the one by which Relacy knows it
  const std::uint32_t object_;
};

template <class T>
class RelacyAtomic : public BasicRelacyAtomic<T, true> {
  using BasicRelacyAtomic<T, true>::BasicRelacyAtomic;
};

// The harness' own.
template <class T>
class HarnessAtomic final : public BasicRelacyAtomic<T, false> {
  using BasicRelacyAtomic<T, false>::BasicRelacyAtomic;
};

template <class T>
class RelacyVar : Tracked<KnownObject::Kind::var> {
 public:
  RelacyVar() : RelacyVar(T{}) {}
  explicit RelacyVar(T value) : Tracked(sizeof *this, var_layout<T>), var_(value) {
    use_.writer = Exploration::current->creator;
    constructed(&use_);
  }

  T get(Where where = Where::current()) const noexcept {
    use_.readers |= 1U << Exploration::current->creator;
    return var_(to_relacy(where)).load();
  }
  void set(T value, Where where = Where::current()) noexcept {
    use_ = {Exploration::current->creator, 0};
    var_(to_relacy(where)).store(value);
  }
  // The value, for tools, also after the execution: no access that Relacy sees. It is Relacy's
  // first member.
  T peek() const noexcept {
    static_assert(std::is_standard_layout_v<rl::var<T>>);
    return *reinterpret_cast<const T*>(&var_);
  }

 private:
  rl::var<T> var_;  // first, as above
  mutable VarUse use_;
};

class RelacyMutex : Tracked<KnownObject::Kind::mutex> {
 public:
  RelacyMutex() : Tracked(sizeof *this) { constructed(&use_); }

  void lock(Where where = Where::current()) noexcept {
    announce_access(Access::Kind::mutex, false, object_);
    mutex_.lock(to_relacy(where));
    use_.holder = Exploration::current->creator;
  }
  void unlock(Where where = Where::current()) noexcept {
    announce_access(Access::Kind::mutex, false, object_);
    mutex_.unlock(to_relacy(where));
    use_.holder = 0;
    const auto threads = static_cast<unsigned>(rl::ctx().get_thread_count());
    for (unsigned i = 0; i != threads; ++i) {
      use_.clock[i] = std::max(use_.clock[i], rl::ctx().threadx_->acq_rel_order_[i]);
    }
  }

 private:
  const std::uint32_t object_ = new_object();
  MutexUse use_;
  rl::mutex mutex_;
};

struct RelacyBackend {
  template <class T>
  using atomic = RelacyAtomic<T>;
  template <class T>
  using var = RelacyVar<T>;
  using mutex = RelacyMutex;

  // One yield however often: the model has no time, and each yield is a scheduling point.
  static void pause(unsigned = 1, Where where = Where::current()) noexcept {
    announce_access(Access::Kind::local, false, 0);
    rl::ctx().yield(1, to_relacy(where));
  }

  static void note(Event event) noexcept {
    ++Exploration::current->events[static_cast<std::size_t>(event)];
  }
};

static_assert(Backend<RelacyBackend>);

}  // namespace poolproof
