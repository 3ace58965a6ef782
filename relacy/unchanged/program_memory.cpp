// What a program does with memory.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <utility>

#include "inside.hpp"
#include "program.hpp"
#include "program_orders.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

namespace {

// The effect that stands for which blocks are free.
constexpr unsigned free_blocks = 50;
// Plain accesses of an actor without a step, after which others get a turn.
constexpr unsigned most_quiet = 20'000;
// Of a new block, this much counts as written by its actor: others must have heard of it.
constexpr std::size_t most_marked = 4096;

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

// What new memory holds, 8 bytes of it: as good as nobody writes that, for it depends on the
// address, and no address is like it.
constexpr std::uint64_t unwritten(std::uintptr_t at) noexcept {
  const std::uint64_t high = at * 0x9E3779B97F4A7C15U;  // its low bits are as zero as those of at
  return (high ^ high >> 32) >> 8 | std::uint64_t{0xCD} << 56;
}
static_assert(static_cast<std::uint32_t>(unwritten(ProgramHeap::start)) != 0);
void fill(std::uintptr_t at, std::size_t size) noexcept {
  for (const std::uintptr_t end = at + size; at < end; at += 8) {
    const std::uint64_t word = unwritten(at);
    std::memcpy(reinterpret_cast<void*>(at), &word, std::min<std::size_t>(8, end - at));
  }
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

void Program::check_block(std::uintptr_t at, std::size_t size, Use use, const void* code) {
  if (at < 4096) fail("crash", "a null pointer is used", code);
  if (LentThreads::is_stack(at)) return check_frame(at, use, code);
  if (!ProgramHeap::is_here(at)) return;
  const HeapBlock* const block = heap().find(at);
  const bool writes = use == Use::write || use == Use::atomic_write;
  if (block == nullptr) fail("bounds", "memory outside of any block is used", code);
  if (!block->live) {
    note("it was freed here", block->freed);
    fail("use after free", writes ? "a freed block is written" : "a freed block is read", code);
  }
  if (block->has(at) && at - block->start + size <= block->size) return;
  note("it was allocated here, with " + std::to_string(block->size) + " bytes", block->made);
  fail("bounds", writes ? "a block is written behind its end" : "a block is read behind its end",
       code);
}

// What lies below all that its actor has there belonged to a function that has returned.
void Program::check_frame(std::uintptr_t at, Use use, const void* code) {
  const unsigned owner = LentThreads::owner_of(at);
  const std::uintptr_t end = owner == self() ? stack_now_ : actors_[owner].stack_at;
  // A coroutine may have a stack of its own. Of a stack that ends all is dead.
  if (!LentThreads::is_stack(end - 1) || LentThreads::owner_of(end - 1) != owner || at >= end) {
    return;
  }
  const bool writes = use == Use::write || use == Use::atomic_write;
  fail("use after return",
       writes ? "a variable is written whose function has returned"
              : "a variable is read whose function has returned",
       code);
}

// As plain memory it may be copied, and none of the copies used. Fewer than four bytes may be so by
// chance.
void Program::check_written(std::uintptr_t at, unsigned size, Word value, const void* code) {
  if (size < 4 || !ProgramHeap::is_here(at)) return;
  const unsigned skipped = at % 8;
  const std::uintptr_t first = at - skipped;
  Word word = unwritten(first) >> 8 * skipped;
  if (size == 16) word |= Word{unwritten(first + 8)} << 64;
  if (size == 4) word &= 0xffff'ffff;
  if (value != word) return;
  if (const HeapBlock* const block = heap().find(at)) {
    note("it was allocated here, and nobody has written there since", block->made);
  }
  fail("uninitialized", "an atomic is read that was never initialized", code);
}

void Program::note_stack(std::uintptr_t at) noexcept {
  if (!LentThreads::is_stack(at)) return;
  Actor& owner = actors_[LentThreads::owner_of(at)];
  owner.lends_stack = owner.lends_stack || &owner != &me();
  if (owner.lowest == 0 || at < owner.lowest) owner.lowest = at & ~std::uintptr_t{7};
}

void Program::frame_begins(const void* code) noexcept {
  const unsigned actor = self();
  if (actor == Strategy::nobody) return;
  Calls& calls = actors_[actor].calls;
  if (calls.depth < Calls::most) calls.code[calls.depth] = code;
  ++calls.depth;
}

// The function that has had the frame returns: what lies there is another's from here on.
void Program::frame_ends(std::uintptr_t frame_end, const void* code) {
  const unsigned actor = self();
  if (actor == Strategy::nobody) return;
  Actor& owner = actors_[actor];
  if (owner.calls.depth != 0) --owner.calls.depth;
  if (owner.lowest == 0 || owner.lowest >= frame_end) return;
  if (!LentThreads::is_stack(frame_end) || LentThreads::owner_of(frame_end) != actor) return;
  for (std::uintptr_t at = owner.lowest; at < frame_end; at += 8) {
    ShadowCell* const cell = shadow_.find(at);
    if (cell == nullptr) continue;
    if (RaceWith race;
        owner.lends_stack && rules_.races && cell->used_by_others(rules_.actors, race)) {
      fail_race(at, Use::write, race, code,
                "a function returns, and another actor accesses a variable of it; nothing orders "
                "them");
    }
    cell->restart();
  }
  owner.lowest = frame_end;
}

void Program::use(std::uintptr_t at, std::size_t size, Use use, const void* code) {
  check_block(at, size, use, code);
  note_stack(at);
  if (model_is_traced() && (use == Use::read || use == Use::write)) {
    plain_accesses_.push_back({chains_.size(), self(), at, size, use, chain_of(me(), code)});
  }
  Shadow::each(at, size, [&](std::uintptr_t cell, std::uint8_t mask) {
    RaceWith race;
    if (!shadow_.cell(cell).use(mask, use, code, rules_.actors, race) || !rules_.races) return;
    fail_race(cell + static_cast<unsigned>(std::countr_zero(mask)), use, race, code);
  });
}

// The other's access stands in the trace where it was made.
void Program::tell_race(std::uintptr_t at, Use use, const RaceWith& with, const void* code) {
  const auto event_of = [&](Use how) {
    const bool reads = how == Use::read || how == Use::atomic_read;
    HistoryEvent event;
    event.phase = HistoryEvent::Phase::actors;
    event.kind = reads ? HistoryEvent::Kind::read : HistoryEvent::Kind::write;
    event.operation = reads ? "read" : "write";
    event.address = reinterpret_cast<const void*>(at);
    return event;
  };
  for (std::size_t i = plain_accesses_.size(); i-- != 0;) {
    const PlainAccess& access = plain_accesses_[i];
    if (access.actor != with.actor || access.use != with.use || at - access.at >= access.size) {
      continue;
    }
    first_of_race_.push_back(event_of(with.use));
    first_of_race_.back().actor = with.actor;
    first_of_race_.back().code = with.code;
    first_of_race_chain_ = access.code;
    first_of_race_at_ = access.events_before;
    break;
  }
  tell(event_of(use), code);
}

void Program::fail_race(std::uintptr_t at, Use use, const RaceWith& with, const void* code,
                        const char* message) {
  if (with.when <= me().signalled[with.actor]) {
    fail("unsupported",
         "the program relies on atomic_signal_fence, which orders nothing between threads", code);
  }
  if (model_is_traced()) tell_race(at, use, with, code);
  fail("race", message, code);
}

void Program::plain(std::uintptr_t at, std::size_t size, Use how, const void* code) {
  if (self() == Strategy::nobody || size == 0) return;
  if (++me().quiet > most_quiet) yield(code);
  use(at, size, how, code);
  if (how != Use::write) return;
  if (!LentThreads::is_stack(at) || LentThreads::owner_of(at) != self()) changes_itself();
  // An atomic that is written as plain memory, as it is initialized: a store like another.
  Shadow::each(at, size, [&](std::uintptr_t cell, std::uint8_t) {
    ShadowCell& here = shadow_.cell(cell);
    for (AtomicRecord* record = here.atomics; record != nullptr; record = record->next) {
      if (!record->overlaps(at, size)) continue;
      refresh(*record);
      record->weak.store_newest(record->weak.newest(), std::memory_order_relaxed);
      record->plain_store = true;
      changed(record->object);
    }
  });
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

AtomicRecord& Program::atomic_at(std::uintptr_t at, unsigned size, Use how, const void* code) {
  use(at, size, how, code);
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
        fail("unsupported", "the same memory is written by atomics of different sizes", code);
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
  AtomicRecord& record = atomic_at(at, size, Use::atomic_read, code);
  const WeakAtomic::Seen seen = record.weak.load(order);
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
  use(at, size, Use::atomic_read, code);
  shadow_.each_atomic(at, size, [&](AtomicRecord& record) {
    refresh(record);
    record.weak.load_newest(order);
    saw(record, record.weak.newest());
  });
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
  AtomicRecord& record = atomic_at(at, size, Use::atomic_write, code);
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
  AtomicRecord& record = atomic_at(at, size, Use::atomic_write, code);
  const WeakAtomic::Seen seen =
      record.weak.update(order, [=](Word before) { return updated(how, before, value) & mask; });
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
  const bool may = read(at, size) == expected;
  AtomicRecord& record = atomic_at(at, size, may ? Use::atomic_write : Use::atomic_read, code);
  const WeakAtomic::Compared done =
      record.weak.compare_exchange(expected, value, how.success, how.failure, how.weak);
  check_written(at, size, done.value, code);
  if (done.succeeded) {
    if (!may) use(at, size, Use::atomic_write, code);
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

void* Program::allocate(std::size_t size, std::size_t align, const void* code) {
  size = size == 0 ? 1 : size;
  const unsigned actor = self();
  if (actor == Strategy::nobody) return heap().allocate_early(size, align);
  changes_itself();
  HeapBlock* const old = heap().reusable(size, align);
  HeapBlock* block = nullptr;
  if (old != nullptr && choose(2) == 1) {
    model_touched(free_blocks);
    old->free_clock.acquire();
    Shadow::each(old->start, size, [&](std::uintptr_t cell, std::uint8_t) {
      if (ShadowCell* const used = shadow_.find(cell)) used->restart();
    });
    block = &heap().reuse(*old, code);
  } else {
    model_looked(free_blocks);
    block = heap().allocate(actor, size, align, code);
  }
  if (block == nullptr)
    fail("unsupported", "an actor allocates more than 16 MiB in an execution", code);
  fill(block->start, size);
  note((block != nullptr && old != nullptr && block->start == old->start ? "allocates again block "
                                                                         : "allocates block ") +
           std::to_string(heap().number(*block)) + ", " + std::to_string(size) + " bytes",
       code);
  use(block->start, std::min(size, most_marked), Use::write, code);
  return reinterpret_cast<void*>(block->start);
}

std::size_t Program::size_of(void* memory, const void* code) {
  HeapBlock* const block = heap().find(reinterpret_cast<std::uintptr_t>(memory));
  if (block == nullptr || block->start != reinterpret_cast<std::uintptr_t>(memory)) {
    fail("bounds", "what is freed is no block", code);
  }
  if (block->live) return block->size;
  note("it was freed here", block->freed);
  fail("double free", "a block is freed twice", code);
}

void Program::free(void* memory, const void* code) {
  const std::size_t size = size_of(memory, code);
  HeapBlock& block = *heap().find(reinterpret_cast<std::uintptr_t>(memory));
  note("frees block " + std::to_string(heap().number(block)), code);
  model_touched(free_blocks);
  // It races with every access that its actor has not heard of.
  Shadow::each(block.start, size, [&](std::uintptr_t cell, std::uint8_t mask) {
    ShadowCell* const used = shadow_.find(cell);
    RaceWith race;
    if (used == nullptr || !used->use(mask, Use::write, code, rules_.actors, race)) return;
    if (rules_.races) fail_race(cell, Use::write, race, code);
  });
  heap().free(block, code);
}

}  // namespace poolproof
