// The atomics under which Relacy explores: each access is announced, is one scheduling point, is
// logged with the place in the source that made it, and is told to Waiting.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <source_location>

#include "relacy_context.hpp"
// After it.
#include <relacy/atomic.hpp>
#include <relacy/context_base_impl.hpp>

#include "actor_registers.hpp"
#include "exploration.hpp"
#include "known_objects.hpp"
#include "orders.hpp"
#include "relacy/engine/access.hpp"
#include "store_records.hpp"
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

// In executions of fine steps: others may move here, at no access.
inline void fine_step_here() noexcept {
  const Exploration& all = *Exploration::current;
  if (!all.fine || all.alone || all.uninterrupted) [[likely]]
    return;
  announce_access(Access::Kind::local, false, 0);
  rl::ctx().sched();
}

inline std::uint32_t new_object() noexcept {
  return Exploration::current->names.next(Exploration::current->creator);
}

template <class T>
std::uint64_t word_of(T value) noexcept {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof value);
  return word;
}

// The operations of an atomic of Relacy's. Audited: may an audit change its orders? Derived has
//   std::uint32_t object() const: its name, before an access;
//   rl::atomic<T>& relacy() const: Relacy's, once the actor has its turn;
//   bool in_place: may relacy() depend on what others have done?
//   void put(T value) const: value is the newest now.
template <class Derived, class T, bool Audited>
class AtomicOperations {
 public:
  T load(std::memory_order order, Where where = Where::current()) const noexcept {
    const rl::memory_order used_order = used("load", order, where);
    announce(Access::Kind::load, used_order);
    const T seen = used_order == rl::mo_seq_cst ? load_seq_cst(where)
                                                : turn().load(used_order, to_relacy(where));
    saw(seen, where);
    return seen;
  }
  void store(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("store", order, where);
    announce(Access::Kind::store, used_order);
    rl::atomic<T>& atomic = turn();
    atomic.store(value, used_order, to_relacy(where));
    end_release_sequence(data(atomic), used_order);
    accessed_newest(atomic, used_order);
    wrote(value_before(atomic), value, where);
  }
  T exchange(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("exchange", order, where);
    if (in_two(where)) return update_in_two([=](T) { return value; }, order, where);
    announce(Access::Kind::update, used_order);
    rl::atomic<T>& atomic = turn();
    const T old = atomic.exchange(value, used_order, to_relacy(where));
    accessed_newest(atomic, used_order);
    return wrote(old, value, where);
  }
  T fetch_add(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("fetch_add", order, where);
    if (in_two(where)) {
      return update_in_two([=](T old) { return static_cast<T>(old + value); }, order, where);
    }
    announce(Access::Kind::update, used_order);
    rl::atomic<T>& atomic = turn();
    const T old = atomic.fetch_add(value, used_order, to_relacy(where));
    accessed_newest(atomic, used_order);
    return wrote(old, atomic.debug_value(), where);
  }
  T fetch_sub(T value, std::memory_order order, Where where = Where::current()) noexcept {
    const rl::memory_order used_order = used("fetch_sub", order, where);
    if (in_two(where)) {
      return update_in_two([=](T old) { return static_cast<T>(old - value); }, order, where);
    }
    announce(Access::Kind::update, used_order);
    rl::atomic<T>& atomic = turn();
    const T old = atomic.fetch_sub(value, used_order, to_relacy(where));
    accessed_newest(atomic, used_order);
    return wrote(old, atomic.debug_value(), where);
  }
  bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                             std::memory_order failure, Where where = Where::current()) noexcept {
    return cas<true>(expected, value, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                               std::memory_order failure, Where where = Where::current()) noexcept {
    return cas<false>(expected, value, success, failure, where);
  }

 protected:
  AtomicOperations() = default;

  // What an actor has read, or has put back.
  void saw(T value, const Where& where) const noexcept {
    Exploration& all = *Exploration::current;
    all.waiting.read(all.creator, self().object(), word_of(value), where);
  }
  T wrote(T old, T value, const Where& where) const noexcept {
    Exploration& all = *Exploration::current;
    all.step.wrote = true;
    self().put(value);
    if (word_of(old) == word_of(value)) {
      saw(value, where);
    } else {
      all.waiting.changed(all.creator, self().object());
    }
    fine_step_here();
    return old;
  }
  [[gnu::always_inline]] void announce(Access::Kind kind, rl::memory_order order) const noexcept {
    announce_access(kind, order == rl::mo_seq_cst, self().object());
  }
  // For an access. Where Relacy's object depends on what others do before it, they may move here,
  // and the access that follows is no scheduling point of its own.
  rl::atomic<T>& turn() const noexcept {
    if constexpr (!Derived::in_place) return self().relacy();
    return turn_before();
  }

 private:
  // As turn(), but others move before it returns, and not in the access that follows.
  rl::atomic<T>& turn_before() const noexcept {
    rl::ctx().sched();
    rl::atomic<T>& atomic = self().relacy();
    Exploration::current->had_turn = true;
    return atomic;
  }
  T load_seq_cst(const Where& where) const noexcept {
    rl::atomic<T>& atomic = turn_before();
    const SeqCstLoad in_order(data(atomic));
    return atomic.load(rl::mo_seq_cst, to_relacy(where));
  }
  static rl::atomic_data& data(rl::atomic<T>& atomic) noexcept {
    return *reinterpret_cast<AtomicLayout<T>&>(atomic).data;
  }
  static void accessed_newest(rl::atomic<T>& atomic, rl::memory_order order) noexcept {
    if (order == rl::mo_seq_cst) accessed_newest_in_order(data(atomic));
  }
  // The value before the newest store.
  static T value_before(const rl::atomic<T>& atomic) noexcept {
    const auto& members = reinterpret_cast<const AtomicLayout<T>&>(atomic);
    constexpr unsigned size = rl::atomic_history_size;
    return members.history[(members.last_index + size - 1) % size];
  }
  const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }

  static rl::memory_order used(const char* operation, std::memory_order order, const Where& where,
                               bool on_failure = false) noexcept {
    return to_relacy(Audited ? Orders::of(operation, order, where, on_failure) : order);
  }

  static bool in_two(const Where& where) noexcept { return Audited && Orders::in_two(where); }
  // The parts of an order that a load and a store can have.
  static std::memory_order of_load(std::memory_order order) noexcept {
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    return order == std::memory_order_acq_rel ? std::memory_order_acquire : order;
  }
  static std::memory_order of_store(std::memory_order order) noexcept {
    if (order == std::memory_order_acquire) return std::memory_order_relaxed;
    return order == std::memory_order_acq_rel ? std::memory_order_release : order;
  }
  // Wrong, as a selftest wants it: others may come between the load and the store.
  template <class Change>
  T update_in_two(Change change, std::memory_order order, const Where& where) noexcept {
    const T old = load(of_load(order), where);
    store(change(old), of_store(order), where);
    return old;
  }
  bool cas_in_two(T& expected, T value, std::memory_order order, const Where& where) noexcept {
    const T seen = load(of_load(order), where);
    if (word_of(seen) != word_of(expected)) {
      expected = seen;
      return false;
    }
    store(value, of_store(order), where);
    return true;
  }

  template <bool Weak>
  bool cas(T& expected, T value, std::memory_order on_success, std::memory_order on_failure,
           const Where& place) noexcept {
    const rl::memory_order success = used("CAS", on_success, place);
    const rl::memory_order failure = used("CAS failure", on_failure, place, true);
    if (in_two(place)) return cas_in_two(expected, value, on_success, place);
    const bool in_order = success == rl::mo_seq_cst || failure == rl::mo_seq_cst;
    announce(Access::Kind::update, in_order ? rl::mo_seq_cst : success);
    const T wanted = expected;
    rl::atomic<T>& atomic = turn();
    if (try_cas<Weak>(atomic, expected, value, success, failure, place)) {
      accessed_newest(atomic, success);
      wrote(wanted, value, place);
      return true;
    }
    accessed_newest(atomic, failure);
    if (word_of(expected) == word_of(wanted)) {  // spuriously: the next try may succeed
      Exploration::current->waiting.found(Exploration::current->creator);
    } else {
      saw(expected, place);
    }
    return false;
  }
  // Where Relacy cannot run the failure order: the CAS fails as relaxed, and before any other
  // thread can move, a load with the order follows. It reads the very store that the CAS has seen
  // (coherence), so it acquires what the failure should have: neither more nor less. The trace
  // shows it as a line of its own.
  template <bool Weak>
  static bool try_cas(rl::atomic<T>& atomic, T& expected, T value, rl::memory_order success,
                      rl::memory_order failure, const Where& place) noexcept {
    constexpr rl::bool_t<Weak> weak;
    if (runs_failure_order(success, failure)) {
      return atomic.compare_exchange(weak, expected, value, success, failure,
                                     to_relacy(place, failure));
    }
    if (atomic.compare_exchange(weak, expected, value, success, rl::mo_relaxed,
                                to_relacy(place, rl::mo_relaxed))) {
      return true;
    }
    const NoPreemptionScope uninterrupted;
    expected = atomic.load(failure, to_relacy(place));
    return false;
  }
};

template <class T, bool Audited>
class BasicRelacyAtomic : Tracked<KnownObject::Kind::atomic>,
                          public AtomicOperations<BasicRelacyAtomic<T, Audited>, T, Audited> {
  static_assert(knows_layout<T>);
  friend AtomicOperations<BasicRelacyAtomic, T, Audited>;

 public:
  explicit BasicRelacyAtomic(T value) : BasicRelacyAtomic(value, new_object()) {}

 private:
  BasicRelacyAtomic(T value, std::uint32_t object)
      : Tracked(sizeof *this, atomic_layout<T>),
        atomic_(announced(value, object)),
        object_(object) {
    constructed();
    Exploration::current->step.wrote = true;
    Exploration::current->waiting.restart(Exploration::current->creator);
  }
  [[gnu::always_inline]] static T announced(T value, std::uint32_t object) noexcept {
    announce_access(Access::Kind::store, false, object);
    return value;
  }

  static constexpr bool in_place = false;
  std::uint32_t object() const noexcept { return object_; }
  rl::atomic<T>& relacy() const noexcept { return atomic_; }
  void put(T) const noexcept {}

  mutable rl::atomic<T> atomic_;  // first: its address is the one by which Relacy knows it
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

}  // namespace poolproof
