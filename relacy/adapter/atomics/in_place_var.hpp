// InPlaceVar: a plain variable of Relacy's that is no larger than what it holds, for the code of
// users: as InPlaceAtomic, it lies where that code wants it, and what else Relacy knows of it is
// kept in a record. Two accesses that nothing orders, one of them a write, are a race.
//
// Bytes that differ from what was last set were written as plain memory, unseen: the variable is
// then taken for a new one with that value, which all have seen.
#pragma once

#include <new>

#include "relacy/adapter/host_heap.hpp"
#include "relacy/adapter/known_objects.hpp"
#include "relacy/adapter/records.hpp"
#include "relacy_atomic.hpp"
// After relacy_context.hpp.
#include <relacy/var.hpp>

namespace poolproof {

template <class T>
class InPlaceVar {
 public:
  InPlaceVar() noexcept : InPlaceVar(T{}) {}
  explicit InPlaceVar(T value) noexcept {
    // Where one is known, this is a write to it, and may race.
    if (!in_execution() || known() == nullptr) value_ = value;
    if (in_execution()) set(value, Where{});
  }
  InPlaceVar(const InPlaceVar&) = delete;
  InPlaceVar& operator=(const InPlaceVar&) = delete;

  T get(Where where = Where::current()) const noexcept {
    if (!in_execution()) return value_;
    Place& mine = place();
    mine.use.readers |= 1U << Exploration::current->creator;
    return mine.var(to_relacy(where)).load();
  }
  void set(T value, Where where = Where::current()) noexcept {
    if (in_execution()) {
      Place& mine = place();
      mine.use = {Exploration::current->creator, 0};
      mine.var(to_relacy(where)).store(value);
    }
    value_ = value;
  }

 private:
  struct Place {
    rl::var<T> var;  // first: its address is the one by which Relacy knows it
    VarUse use;
  };
  static_assert(sizeof(Place) <= Record::most_bytes);
  static_assert(knows_layout<T>);
  static constexpr char type = 0;  // its address stands for T

  Record* known() const noexcept { return Records::all().find(this, &type); }
  static Place& at(Record& record) noexcept {
    return *std::launder(reinterpret_cast<Place*>(record.place));
  }
  static VarLayout<T>& layout(Record& record) noexcept {
    return *std::launder(reinterpret_cast<VarLayout<T>*>(record.place));
  }
  static void destroy(void* place) { static_cast<Place*>(place)->~Place(); }

  // Relacy's, which has the value of the bytes.
  Place& place() const noexcept {
    Exploration::current->step.effects.adds |= memory_bit(this);
    Record* record = known();
    if (record == nullptr) {
      const HostHeapScope outside;
      record = &Records::all().add(this, &type, 0);
    }
    if (!record->begun || word_of(layout(*record).value) != word_of(value_)) {
      find_value(*record);
    }
    return at(*record);
  }
  // As if it had had the value since before the actors.
  void find_value(Record& record) const noexcept {
    const bool is_new = !record.begun;
    if (!is_new) destroy(record.place);
    new (record.place) Place;
    layout(record).value = value_;
    layout(record).initialized = true;
    if (!is_new) return;
    record.begun = true;
    record.destroy = destroy;
    KnownObjects& objects = Exploration::current->objects;
    if (!objects.keeps()) return;
    objects.add({.at = reinterpret_cast<const std::byte*>(this),
                 .bytes = 0,  // they are plain
                 .kind = KnownObject::Kind::var,
                 .layout = var_layout<T>,
                 .constructed = true,
                 .extra = &at(record).use,
                 .place = record.place});
  }

  T value_;
};

}  // namespace poolproof
