// InPlaceAtomic: an atomic of Relacy's that is no larger than what it holds, for the code of users:
// its links may lie in the blocks. When to use: for subjects. Our own allocators, which keep their
// links elsewhere, run faster on RelacyAtomic.
//
// Why it is correct. Its bytes always hold the newest value; Record has what else Relacy knows.
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

#include "host_heap.hpp"
#include "known_objects.hpp"
#include "records.hpp"
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
  static_assert(sizeof(rl::atomic<T>) <= Record::most_bytes);
  static_assert(knows_layout<T>);
  static constexpr bool in_place = true;
  static constexpr char type = 0;  // its address stands for T

  Record& record() const noexcept {
    Records& records = Records::all();
    if (Record* known = records.find(this, &type)) return *known;
    const HostHeapScope outside;
    return records.add(this, &type, new_object());
  }
  std::uint32_t object() const noexcept { return record().object; }
  rl::atomic<T>& relacy() const noexcept {
    Exploration::current->step.effects.adds |= memory_bit(this);
    Record& mine = record();
    if (mine.destroy == nullptr || at(mine).debug_value() != value_) find_value(mine);
    return at(mine);
  }
  void put(T value) const noexcept { value_ = value; }

  static rl::atomic<T>& at(Record& record) noexcept {
    return *std::launder(reinterpret_cast<rl::atomic<T>*>(record.place));
  }
  static void destroy(void* place) { static_cast<rl::atomic<T>*>(place)->~atomic<T>(); }

  void construct(T value) noexcept {
    constexpr Where nowhere{};
    Record& mine = record();
    announce_access(Access::Kind::store, false, mine.object);
    rl::ctx().sched();
    if (mine.destroy == nullptr) {
      Exploration::current->had_turn = true;
      new (mine.place) rl::atomic<T>(value);
      begin(mine);
      Exploration::current->step.effects.adds |= memory_bit(this);
      Exploration::current->waiting.restart(Exploration::current->creator);
      value_ = value;
      Exploration::current->step.wrote = true;
      return;
    }
    rl::atomic<T>& atomic = relacy();
    const T old = atomic.debug_value();
    Exploration::current->had_turn = true;
    atomic.store(value, rl::mo_relaxed, construction());
    Operations::wrote(old, value, nowhere);
  }
  // Relacy's object is there now.
  void begin(Record& mine) const noexcept {
    mine.destroy = destroy;
    KnownObjects& known = Exploration::current->objects;
    if (!known.keeps()) return;
    known.add({.at = reinterpret_cast<const std::byte*>(this),
               .bytes = 0,  // they are plain
               .layout = atomic_layout<T>,
               .constructed = true,
               .place = mine.place});
  }
  // The value of the bytes, as if it had been there since before the actors.
  void find_value(Record& mine) const noexcept {
    const bool is_new = mine.destroy == nullptr;
    if (!is_new) destroy(mine.place);
    new (mine.place) rl::atomic<T>();
    auto& members = *std::launder(reinterpret_cast<AtomicLayout<T>*>(mine.place));
    const unsigned index = rl::ctx().threadx_->atomic_init(members.data);
    members.value = members.history[index] = value_;
    members.last_index = index;
    members.initialized = true;
    not_looked_at(*members.data, index);
    if (is_new) begin(mine);
  }
  static void not_looked_at(rl::atomic_data& data, unsigned index) noexcept {
    switch (rl::ctx().get_thread_count()) {
      case 2:
        return not_looked_at_by<2>(data, index);
      case 3:
        return not_looked_at_by<3>(data, index);
      default:
        return not_looked_at_by<4>(data, index);
    }
  }
  template <rl::thread_id_t Actors>
  static void not_looked_at_by(rl::atomic_data& data, unsigned index) noexcept {
    auto& all = static_cast<rl::atomic_data_impl<Actors>&>(data);
    std::fill_n(all.history_[index].first_seen_order_, Actors, static_cast<rl::timestamp_t>(-1));
  }

  bool change(T& expected, T value) noexcept {
    const bool same = value_ == expected;
    (same ? value_ : expected) = same ? value : value_;
    return same;
  }

  mutable T value_;
};

}  // namespace poolproof
