// InPlaceAtomic: an atomic of Relacy's that is no larger than what it holds, for the code of users:
// its links may lie in the blocks. When to use: for subjects. Our own allocators, which keep their
// links elsewhere, run faster on RelacyAtomic.
//
// Why it is correct. Its bytes always hold the newest value; Record has what else there is to know.
//  - Construction where no record is begins one. Where one is, it is a relaxed store to it: who
//    stands before an access to the old object, as a stale pop does before the link of a block that
//    was freed once more, meets it as on a processor.
//  - Bytes that differ from the newest value were written as plain memory: the lifetime of the
//    atomic has ended, or was never begun. An access then finds what the bytes say, as if it had
//    been there before all actors: nobody sees an older value, and nobody learns anything by it.
//    So an atomic need not be constructed in memory of zeros, and one that is overwritten and read
//    by mistake shows what was written over it.
//  - Plain writes by the harness and accesses here are told to searches as effects on the same part
//    of memory (memory_bit): these do not commute.
// A destructor is not needed: the record ends with the execution. Outside an execution, as when
// static objects are constructed, it is a plain variable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "relacy/adapter/host_heap.hpp"
#include "relacy/adapter/known_objects.hpp"
#include "relacy/adapter/records.hpp"
#include "relacy_atomic.hpp"

namespace poolproof {

template <class T>
class InPlaceAtomic : public AtomicOperations<InPlaceAtomic<T>, T, true> {
  using Operations = AtomicOperations<InPlaceAtomic<T>, T, true>;
  friend Operations;

 public:
  explicit InPlaceAtomic(T value) noexcept {
    if (in_execution()) {
      construct(value);
    } else {
      value_ = value;
    }
  }
  InPlaceAtomic(const InPlaceAtomic&) = delete;
  InPlaceAtomic& operator=(const InPlaceAtomic&) = delete;

  T load(std::memory_order order, Where where = Where::current()) const noexcept {
    return in_execution() ? Operations::load(order, where) : value_;
  }
  void store(T value, std::memory_order order, Where where = Where::current()) noexcept {
    if (in_execution()) return Operations::store(value, order, where);
    value_ = value;
  }
  T exchange(T value, std::memory_order order, Where where = Where::current()) noexcept {
    return in_execution() ? Operations::exchange(value, order, where)
                          : std::exchange(value_, value);
  }
  T fetch_add(T n, std::memory_order order, Where where = Where::current()) noexcept {
    return in_execution() ? Operations::fetch_add(n, order, where)
                          : std::exchange(value_, static_cast<T>(value_ + n));
  }
  T fetch_sub(T n, std::memory_order order, Where where = Where::current()) noexcept {
    return in_execution() ? Operations::fetch_sub(n, order, where)
                          : std::exchange(value_, static_cast<T>(value_ - n));
  }
  template <class Change>
  T modify(const char* operation, Change to, std::memory_order order,
           Where where = Where::current()) noexcept {
    return in_execution() ? Operations::modify(operation, to, order, where)
                          : std::exchange(value_, to(value_));
  }
  bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                             std::memory_order failure, Where where = Where::current()) noexcept {
    return in_execution()
               ? Operations::compare_exchange_weak(expected, value, success, failure, where)
               : change(expected, value);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                               std::memory_order failure, Where where = Where::current()) noexcept {
    return in_execution()
               ? Operations::compare_exchange_strong(expected, value, success, failure, where)
               : change(expected, value);
  }

 private:
  static constexpr char type = 0;  // its address stands for T

  Record& record() const noexcept {
    Records& records = Records::all();
    if (Record* known = records.find(this, &type)) return *known;
    const HostHeapScope outside;
    return records.add(this, &type, new_object());
  }
  std::uint32_t object() const noexcept { return record().object; }
  const void* address() const noexcept { return this; }
  WeakAtomic& weak() const noexcept {
    Exploration::current->step.effects.adds |= memory_bit(this);
    Record& mine = record();
    if (!mine.begun) {
      begin(mine).restart(word_of(value_));
    } else if (at(mine).newest() != word_of(value_)) {
      at(mine).restart(word_of(value_));  // as if it had been there since before the actors
    }
    return at(mine);
  }
  void put(T value) const noexcept { value_ = value; }

  static WeakAtomic& at(Record& record) noexcept {
    return *std::launder(reinterpret_cast<WeakAtomic*>(record.place));
  }

  void construct(T value) noexcept {
    constexpr Where nowhere{};
    Exploration& all = *Exploration::current;
    Record& mine = record();
    announce_access(Access::Kind::store, false, mine.object);
    rl::ctx().sched();
    if (mine.begun) {
      WeakAtomic& atomic = weak();
      const T old = value_from<T>(atomic.newest());
      const bool newest = atomic.store(word_of(value), std::memory_order_relaxed);
      Operations::log_store(old, value, std::memory_order_relaxed, newest, construction());
      Operations::wrote(old, value, newest, nowhere);
      return;
    }
    begin(mine).begin(word_of(value));
    Operations::log_store(T{}, value, std::memory_order_relaxed, true, construction());
    all.step.effects.adds |= memory_bit(this);
    all.waiting.restart(all.creator);
    value_ = value;
    all.step.wrote = true;
  }
  WeakAtomic& begin(Record& mine) const noexcept {
    auto* const weak = new (mine.place) WeakAtomic;
    mine.begun = true;
    KnownObjects& known = Exploration::current->objects;
    if (!known.keeps()) return *weak;
    known.add({.at = reinterpret_cast<const std::byte*>(this),
               .bytes = 0,  // they are plain
               .layout = atomic_layout<T>,
               .constructed = true,
               .extra = weak});
    return *weak;
  }

  bool change(T& expected, T value) noexcept {
    const bool same = value_ == expected;
    (same ? value_ : expected) = same ? value : value_;
    return same;
  }

  mutable T value_;
};

}  // namespace poolproof
