// What a program does with atomics, and its fences.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "program.hpp"
#include "program_orders.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/unchanged/memory/inside.hpp"

namespace poolproof {

namespace {

Word read(std::uintptr_t at, unsigned size) noexcept {
  Word value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(at), size);
  return value;
}
void write(std::uintptr_t at, unsigned size, Word value) noexcept {
  std::memcpy(reinterpret_cast<void*>(at), &value, size);
}

constexpr const char* name_of(Update how) noexcept {
  constexpr std::array<const char*, 7> names = {"exchange", "fetch_add", "fetch_sub", "fetch_and",
                                                "fetch_or", "fetch_xor", "fetch_nand"};
  return names[static_cast<unsigned>(how)];
}

bool is_seq_cst(std::memory_order order) noexcept { return order == std::memory_order_seq_cst; }

}  // namespace

Word updated(Update how, Word old, Word value) noexcept {
  switch (how) {
    case Update::exchange:
      return value;
    case Update::add:
      return old + value;
    case Update::sub:
      return old - value;
    case Update::band:
      return old & value;
    case Update::bor:
      return old | value;
    case Update::bxor:
      return old ^ value;
    default:
      return ~(old & value);
  }
}

// Brings its newest value to what memory holds. Where no store has put that there, code has that we
// do not see; then it is as if that had happened before everything.
void Program::refresh(AtomicRecord& record) {
  const Word value = read(record.at, record.size);
  const bool stored = std::exchange(record.plain_store, false);
  if (value == record.weak.newest()) return;
  if (stored) {
    record.weak.set_newest(value);
  } else {
    record.weak.restart(value);
  }
}

// Whether its use races is known once it has been made: an acquire hears of what came before.
AtomicRecord& Program::atomic_at(std::uintptr_t at, unsigned size, const void* code) {
  note_stack(at);
  if (AtomicRecord* const record = shadow_.find_atomic(at, size)) {
    refresh(*record);
    return *record;
  }
  change_size(at, size, code);
  AtomicRecord* const record = shadow_.find_atomic(at, size);
  return record != nullptr ? *record : add_atomic(at, size);
}

AtomicRecord& Program::add_atomic(std::uintptr_t at, unsigned size) {
  return shadow_.add_atomic(at, size, ids_.of(at), read(at, size));
}

// Of atomics of other sizes those that were only read leave nothing behind. Others may become one
// of this size, and larger ones several, where all that was done with them comes before, as of a
// std::atomic_ref whose life is over. Who sees their value has heard of that.
void Program::change_size(std::uintptr_t at, unsigned size, const void* code) {
  std::vector<std::uintptr_t> parts;
  shadow_.each_atomic(at, size, [&](const AtomicRecord& other) {
    mixed_.insert(other.at);
    if (!other.written) return;
    Shadow::each(other.at, other.size, [&](std::uintptr_t cell, std::uint8_t mask) {
      if (!shadow_.cell(cell).is_heard_of(mask, rules_.actors)) {
        fail("unsupported",
             "the same memory is written by atomics of different sizes, and nothing orders "
             "them: C++ knows no such atomics, and the check only those of one size",
             code);
      }
    });
    const std::uintptr_t end = other.at + std::max(other.size, size);
    for (std::uintptr_t part = std::min(other.at, at); part < end; part += size) {
      parts.push_back(part);
    }
  });
  shadow_.drop_atomics(at, size);
  for (const std::uintptr_t part : parts) {
    if (shadow_.find_atomic(part, size) != nullptr) continue;
    AtomicRecord& record = add_atomic(part, size);
    record.weak.publish();
    record.written = true;
  }
}

// newest: is the value that now? Memory holds the newest one.
void Program::put(AtomicRecord& record, Word value, bool newest) {
  record.written = true;
  if (newest) write(record.at, record.size, value);
  model_wrote();
}

void Program::saw(const AtomicRecord& record, Word value) {
  const std::uint64_t hash = static_cast<std::uint64_t>(value) ^
                             static_cast<std::uint64_t>(value >> 64) * 0x9E3779B97F4A7C15;
  me().seen = mixed(me().seen, hash);
  model_saw(record.object, hash);
}

Access Program::access_of(Access::Kind kind, std::uintptr_t at, bool seq_cst) noexcept {
  return {kind, seq_cst, ids_.of(at)};
}

Word Program::load(std::uintptr_t at, unsigned size, std::memory_order order, const void* code) {
  if (self() == Strategy::nobody) return read(at, size);
  order = order_at("load", order, code);
  const bool known_as_mixed = mixed_.contains(at);
  step(known_as_mixed ? Access{Access::Kind::unknown, is_seq_cst(order), 0}
                      : access_of(Access::Kind::load, at, is_seq_cst(order)),
       code);
  if (is_mixed(at, size)) return load_parts(at, size, order, code);
  check_block(at, size, Use::atomic_read, code);
  const std::uint32_t begun = now();
  AtomicRecord& record = atomic_at(at, size, code);
  const WeakAtomic::Seen seen = record.weak.load(order);
  used(at, size, Use::atomic_read, begun, code);
  const Word value = seen.value;
  check_written(at, size, value, code);
  if (!seen.newest) ++me().chances;
  if (model_is_traced()) {
    HistoryEvent event;
    event.kind = HistoryEvent::Kind::load;
    event.operation = "load";
    event.address = reinterpret_cast<const void*>(at);
    event.raw_seen = raw(value);
    event.stale = !seen.newest;
    event.order = name_of(order);
    tell(std::move(event), code);
  }
  saw(record, value);
  return value;
}

// Do atomics of other sizes lie there, that were written?
bool Program::is_mixed(std::uintptr_t at, unsigned size) {
  if (shadow_.find_atomic(at, size) != nullptr) return false;  // then no other lies there
  bool mixed = false;
  shadow_.each_atomic(at, size, [&](const AtomicRecord& record) { mixed |= record.written; });
  if (mixed) mixed_.insert(at);
  return mixed;
}

// As libstdc++'s shared_ptr reads its two counts. The standard does not know such a load; machines
// make it in one, and here it sees the newest store of each atomic that it reads of.
Word Program::load_parts(std::uintptr_t at, unsigned size, std::memory_order order,
                         const void* code) {
  check_block(at, size, Use::atomic_read, code);
  note_stack(at);
  const std::uint32_t begun = now();
  shadow_.each_atomic(at, size, [&](AtomicRecord& record) {
    refresh(record);
    record.weak.load_newest(order);
    saw(record, record.weak.newest());
  });
  used(at, size, Use::atomic_read, begun, code);
  const Word value = read(at, size);
  if (model_is_traced()) {
    HistoryEvent event;
    event.kind = HistoryEvent::Kind::load;
    event.operation = "load";
    event.address = reinterpret_cast<const void*>(at);
    event.raw_seen = raw(value);
    event.order = name_of(order);
    tell(std::move(event), code);
  }
  return value;
}

void Program::store(std::uintptr_t at, unsigned size, Word value, std::memory_order order,
                    const void* code) {
  if (self() == Strategy::nobody) return write(at, size, value);
  order = order_at("store", order, code);
  step(access_of(Access::Kind::store, at, is_seq_cst(order)), code);
  use(at, size, Use::atomic_write, code);
  AtomicRecord& record = atomic_at(at, size, code);
  const Word old = record.weak.newest();
  const bool newest = record.weak.store(value, order);
  if (!newest) ++me().chances;
  put(record, value, newest);
  if (model_is_traced()) {
    HistoryEvent event;
    event.kind = HistoryEvent::Kind::store;
    event.operation = "store";
    event.address = reinterpret_cast<const void*>(at);
    event.raw_seen = raw(old);
    event.raw_stored = raw(value);
    event.stale = !newest;
    event.order = name_of(order);
    tell(std::move(event), code);
  }
  if (old == value) {
    model_saw(record.object, static_cast<std::uint64_t>(value));
  } else {
    changed(record.object);
  }
}

Word Program::update(std::uintptr_t at, unsigned size, Update how, Word value,
                     std::memory_order order, const void* code) {
  const Word mask = size == 16 ? ~Word{0} : (Word{1} << size * 8) - 1;
  if (self() == Strategy::nobody) {
    const Word before = read(at, size);
    write(at, size, updated(how, before, value) & mask);
    return before;
  }
  if (in_two(name_of(how), order, code)) {  // wrong, as a selftest wants it
    const Word before = load(at, size, load_part(order), code);
    store(at, size, updated(how, before, value) & mask, store_part(order), code);
    return before;
  }
  order = order_at(name_of(how), order, code);
  step(access_of(Access::Kind::update, at, is_seq_cst(order)), code);
  check_block(at, size, Use::atomic_write, code);
  const std::uint32_t begun = now();
  AtomicRecord& record = atomic_at(at, size, code);
  const WeakAtomic::Seen seen =
      record.weak.update(order, [=](Word before) { return updated(how, before, value) & mask; });
  used(at, size, Use::atomic_write, begun, code);
  const Word old = seen.value;
  if (how != Update::exchange) check_written(at, size, old, code);
  const Word result = updated(how, old, value) & mask;
  if (!seen.newest) ++me().chances;
  put(record, result, seen.newest);
  if (model_is_traced()) {
    HistoryEvent event;
    event.kind = HistoryEvent::Kind::rmw;
    event.operation = name_of(how);
    event.address = reinterpret_cast<const void*>(at);
    event.raw_seen = raw(old);
    event.raw_stored = raw(result);
    event.stale = !seen.newest;
    event.order = name_of(order);
    tell(std::move(event), code);
  }
  if (result != old) changed(record.object);
  saw(record, old);
  return old;
}

bool Program::cas(std::uintptr_t at, unsigned size, Word& expected, Word value, const Cas& written,
                  const void* code) {
  if (self() == Strategy::nobody) {
    const Word before = read(at, size);
    const bool same = before == expected;
    if (same) write(at, size, value);
    expected = before;
    return same;
  }
  if (in_two("CAS", written.success, code)) {
    return cas_in_two(at, size, expected, value, written.success, code);
  }
  const Cas how = orders_at(written, code);
  const bool seq_cst = is_seq_cst(how.success) || is_seq_cst(how.failure);
  step(access_of(Access::Kind::update, at, seq_cst), code);
  check_block(at, size, Use::atomic_write, code);
  const std::uint32_t begun = now();
  AtomicRecord& record = atomic_at(at, size, code);
  const WeakAtomic::Compared done =
      record.weak.compare_exchange(expected, value, how.success, how.failure, how.weak);
  used(at, size, done.succeeded ? Use::atomic_write : Use::atomic_read, begun, code);
  check_written(at, size, done.value, code);
  if (done.succeeded) {
    put(record, value, done.newest);
    if (value != done.value) changed(record.object);
  }
  if (done.spurious || !done.newest) ++me().chances;
  if (model_is_traced()) {
    HistoryEvent event;
    event.kind = HistoryEvent::Kind::cas;
    event.operation = "CAS";
    event.address = reinterpret_cast<const void*>(at);
    event.succeeded = done.succeeded;
    event.spurious = done.spurious;
    event.aba = done.succeeded && done.unseen;
    event.stale = !done.newest;
    event.raw_seen = raw(done.value);
    event.raw_expected = raw(expected);
    event.raw_stored = raw(value);
    event.order = name_of(done.succeeded ? how.success : how.failure);
    tell(std::move(event), code);
  }
  if (!done.spurious) saw(record, done.value);
  expected = done.value;
  return done.succeeded;
}

void Program::fence(std::memory_order order, const void* code) {
  if (self() == Strategy::nobody) return;
  order = order_at("fence", order, code);
  // Fences are in one order with all seq_cst operations. What one does else is its actor's own: it
  // is behind what the actor has heard of, and before what it stores.
  if (is_seq_cst(order)) step({Access::Kind::mutex, true, ObjectIds::fences}, code);
  note("fence " + std::string(name_of(order)), code);
  weak_fence(order);
  if (is_seq_cst(order)) returned();
}

void Program::signal_fence(std::memory_order order) noexcept {
  if (self() == Strategy::nobody || order == std::memory_order_relaxed ||
      order == std::memory_order_release) {
    return;
  }
  const Stamp* const unfenced = ActorClock::unfenced();
  for (unsigned actor = 0; actor != rules_.actors; ++actor) {
    me().signalled[actor] = std::max(me().signalled[actor], unfenced[actor]);
  }
}

}  // namespace poolproof
