// The atomics under which Relacy explores: each access is announced, is one scheduling point, is
// logged with the place in the source that made it, and is told to Waiting.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <string_view>

#include "access_events.hpp"
#include "relacy/adapter/actor_registers.hpp"
#include "relacy/adapter/exploration.hpp"
#include "relacy/adapter/known_objects.hpp"
#include "relacy/adapter/orders.hpp"
#include "relacy/adapter/to_relacy.hpp"
#include "relacy/adapter/tracked.hpp"
#include "relacy/engine/access.hpp"
#include "weak_atomics.hpp"
// After relacy_context.hpp.
#include <relacy/context_base_impl.hpp>

namespace poolproof {

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
  if (!all.fine || all.alone) [[likely]]
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

template <class T>
T value_from(Word word) noexcept {
  T value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

// The operations of an atomic. Audited: may an audit change its orders? Derived has
//   std::uint32_t object() const: its name, before an access;
//   WeakAtomic& weak() const: its stores, once the actor has its turn;
//   const void* address() const: by which the history knows it;
//   void put(T value) const: value is the newest now.
template <class Derived, class T, bool Audited>
class AtomicOperations {
  using Order = std::memory_order;

 public:
  T load(Order order, Where where = Where::current()) const noexcept {
    const Order used_order = used("load", order, where);
    announce(Access::Kind::load, used_order);
    const WeakAtomic::Seen seen = turn().load(used_order);
    const T value = value_from<T>(seen.value);
    if (rl::ctx().collecting_history()) {
      log_access(to_relacy(where),
                 rl::atomic_load_event<T>{self().address(), value, to_relacy(used_order), false},
                 seen.newest);
    }
    saw(value, where);
    return value;
  }
  void store(T value, Order order, Where where = Where::current()) noexcept {
    const Order used_order = used("store", order, where);
    announce(Access::Kind::store, used_order);
    WeakAtomic& atomic = turn();
    const T old = value_from<T>(atomic.newest());
    const bool newest = atomic.store(word_of(value), used_order);
    log_store(old, value, used_order, newest, to_relacy(where));
    wrote(old, value, newest, where);
  }
  T exchange(T value, Order order, Where where = Where::current()) noexcept {
    return modify(
        "exchange", [=](T) { return value; }, order, where);
  }
  T fetch_add(T value, Order order, Where where = Where::current()) noexcept {
    return modify(
        "fetch_add", [=](T old) { return static_cast<T>(old + value); }, order, where);
  }
  T fetch_sub(T value, Order order, Where where = Where::current()) noexcept {
    return modify(
        "fetch_sub", [=](T old) { return static_cast<T>(old - value); }, order, where);
  }
  // Any read-modify-write, in one step. operation: the name of std::atomic's member, which lives as
  // long as the program. change: the new value of an old one.
  template <class Change>
  T modify(const char* operation, Change change, Order order,
           Where where = Where::current()) noexcept {
    const Order used_order = used(operation, order, where);
    if (in_two(where)) {  // wrong, as a selftest wants it: others may come between
      const T old = load(of_load(order), where);
      store(change(old), of_store(order), where);
      return old;
    }
    announce(Access::Kind::update, used_order);
    const WeakAtomic::Seen seen =
        turn().update(used_order, [&](Word old) { return word_of(change(value_from<T>(old))); });
    const T old = value_from<T>(seen.value);
    const T value = change(old);
    if (rl::ctx().collecting_history()) {
      log_access(to_relacy(where),
                 rl::atomic_rmw_event<T, int>{// nobody reads the 0
                                              {},
                                              self().address(),
                                              old,
                                              0,
                                              value,
                                              to_relacy(used_order),
                                              type_of(operation)},
                 seen.newest);
    }
    wrote(old, value, seen.newest, where);
    return old;
  }
  bool compare_exchange_weak(T& expected, T value, Order success, Order failure,
                             Where where = Where::current()) noexcept {
    return cas(true, expected, value, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T value, Order success, Order failure,
                               Where where = Where::current()) noexcept {
    return cas(false, expected, value, success, failure, where);
  }

 protected:
  AtomicOperations() = default;

  // What an actor has read, or has put back.
  void saw(T value, const Where& where) const noexcept {
    Exploration& all = *Exploration::current;
    all.waiting.read(all.creator, self().object(), word_of(value), where);
  }
  // newest: is value that now?
  void wrote(T old, T value, bool newest, const Where& where) const noexcept {
    Exploration& all = *Exploration::current;
    all.step.wrote = true;
    if (newest) self().put(value);
    if (word_of(old) == word_of(value)) {
      saw(value, where);
    } else {
      all.waiting.changed(all.creator, self().object());
    }
    fine_step_here();
  }
  void log_store(T old, T value, Order order, bool newest, const rl::debug_info& where) const {
    if (!rl::ctx().collecting_history()) return;
    log_access(where, rl::atomic_store_event<T>{self().address(), old, value, to_relacy(order)},
               newest);
  }
  [[gnu::always_inline]] void announce(Access::Kind kind, Order order) const noexcept {
    announce_access(kind, order == Order::seq_cst, self().object());
  }
  // Others may move before it returns.
  WeakAtomic& turn() const noexcept {
    rl::ctx().sched();
    return self().weak();
  }

 private:
  const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }

  static Order used(const char* operation, Order order, const Where& where,
                    bool on_failure = false) noexcept {
    return Audited ? Orders::of(operation, order, where, on_failure) : order;
  }

  static bool in_two(const Where& where) noexcept { return Audited && Orders::in_two(where); }
  // The parts of an order that a load and a store can have.
  static Order of_load(Order order) noexcept {
    if (order == Order::release) return Order::relaxed;
    return order == Order::acq_rel ? Order::acquire : order;
  }
  static Order of_store(Order order) noexcept {
    if (order == Order::acquire) return Order::relaxed;
    return order == Order::acq_rel ? Order::release : order;
  }
  // By which name the history has it.
  static rl::rmw_type_e type_of(std::string_view operation) noexcept {
    for (const rl::rmw_type_e type : {rl::rmw_type_add, rl::rmw_type_sub, rl::rmw_type_and,
                                      rl::rmw_type_or, rl::rmw_type_xor}) {
      if (operation == rl::format(type)) return type;
    }
    return rl::rmw_type_swap;
  }
  bool cas_in_two(T& expected, T value, Order order, const Where& where) noexcept {
    const T seen = load(of_load(order), where);
    if (word_of(seen) != word_of(expected)) {
      expected = seen;
      return false;
    }
    store(value, of_store(order), where);
    return true;
  }
  bool cas(bool weak, T& expected, T value, Order on_success, Order on_failure,
           const Where& place) noexcept {
    const Order success = used("CAS", on_success, place);
    const Order failure = used("CAS failure", on_failure, place, true);
    if (in_two(place)) return cas_in_two(expected, value, on_success, place);
    const bool in_order = success == Order::seq_cst || failure == Order::seq_cst;
    announce(Access::Kind::update, in_order ? Order::seq_cst : success);
    const WeakAtomic::Compared done =
        turn().compare_exchange(word_of(expected), word_of(value), success, failure, weak);
    const T seen = value_from<T>(done.value);
    if (rl::ctx().collecting_history()) {
      log_access(to_relacy(place),
                 rl::atomic_cas_event<T>{{},
                                         self().address(),
                                         seen,
                                         expected,
                                         value,
                                         to_relacy(done.succeeded ? success : failure),
                                         done.succeeded,
                                         done.spurious,
                                         done.unseen},
                 done.newest);
    }
    if (done.succeeded) {
      wrote(expected, value, done.newest, place);
      return true;
    }
    expected = seen;
    if (done.spurious) {  // the next try may succeed
      Exploration::current->waiting.found(Exploration::current->creator);
    } else {
      saw(seen, place);
    }
    return false;
  }
};

template <class T, bool Audited>
class BasicRelacyAtomic : Tracked<KnownObject::Kind::atomic>,
                          public AtomicOperations<BasicRelacyAtomic<T, Audited>, T, Audited> {
  using Operations = AtomicOperations<BasicRelacyAtomic, T, Audited>;
  friend Operations;

 public:
  explicit BasicRelacyAtomic(T value)
      : Tracked(sizeof *this, atomic_layout<T>),
        weak_(WeakAtomics::all().take(word_of(value))),
        object_(new_object()) {
    Exploration& all = *Exploration::current;
    announce_access(Access::Kind::store, false, object_);
    rl::ctx().sched();
    weak_.begin(word_of(value));
    Operations::log_store(T{}, value, std::memory_order_relaxed, true, construction());
    constructed(&weak_);
    all.step.wrote = true;
    all.waiting.restart(all.creator);
  }
  ~BasicRelacyAtomic() {
    self_ = nullptr;
    weak_.unlist();
    WeakAtomics::all().give_back(weak_);
  }

 private:
  std::uint32_t object() const noexcept {
    check();
    return object_;
  }
  WeakAtomic& weak() const noexcept {
    check();
    return weak_;
  }
  // Wrong code may take other memory for an atomic.
  void check() const noexcept {
    constexpr std::uintptr_t first_page = 4096;
    if (reinterpret_cast<std::uintptr_t>(this) < first_page || self_ != this) [[unlikely]] {
      rl::ctx().fail_test("no atomic", rl::test_result_access_to_freed_memory, rl::debug_info());
    }
  }
  const void* address() const noexcept { return this; }
  void put(T) const noexcept {}

  const BasicRelacyAtomic* volatile self_ = this;  // as long as it lives
  WeakAtomic& weak_;                               // lent
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
