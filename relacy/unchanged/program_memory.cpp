// What a program does with plain memory: its heap, its stacks, and races.
#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "program.hpp"
#include "relacy/unchanged/memory/inside.hpp"
#include "unseen_libraries.hpp"

namespace poolproof {

namespace {

// The effect that stands for which blocks are free.
constexpr unsigned free_blocks = 50;
// Plain accesses of an actor without a step, after which others get a turn.
constexpr unsigned most_quiet = 20'000;
// The same once it has only read for so long, as it waits for a plain variable; or has given up so
// many turns in a row.
constexpr unsigned most_quiet_again = 500;
constexpr unsigned most_quiet_turns = 500;
// Of a new block, this much counts as written by its actor: others must have heard of it.
constexpr std::size_t most_marked = 4096;

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

}  // namespace

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
  leaves_libraries();
  Calls& calls = actors_[actor].calls;
  if (calls.depth < Calls::most) calls.code[calls.depth] = code;
  ++calls.depth;
}

// The function that has had the frame returns: what lies there is another's from here on.
void Program::frame_ends(std::uintptr_t frame_end, const void* code) {
  const unsigned actor = self();
  if (actor == Strategy::nobody) return;
  leaves_libraries();
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
  used(at, size, use, now(), code);
}

// A shadow keeps the code of one actor alone, so the last one of each is kept here, byte by byte.
void Program::note_racing(std::uintptr_t cell, std::uint8_t mask, Use use, const RaceWith* race,
                          const void* code) {
  const auto last_code = [&](unsigned byte, unsigned actor, Use how) -> const void*& {
    const std::uintptr_t place = (cell + byte) * ModelTest::most_actors + actor;
    return last_code_[place * 4 + static_cast<unsigned>(how)];
  };
  if (race != nullptr) racing_.insert(code);
  for (unsigned byte = 0; byte != 8; ++byte) {
    if ((mask >> byte & 1) == 0) continue;
    if (race != nullptr) {
      if (const void* const other = last_code(byte, race->actor, race->use)) racing_.insert(other);
    }
    last_code(byte, self(), use) = code;
  }
}

void Program::used(std::uintptr_t at, std::size_t size, Use use, std::uint32_t when,
                   const void* code) {
  Shadow::each(at, size, [&](std::uintptr_t cell, std::uint8_t mask) {
    RaceWith race;
    const bool races = shadow_.cell(cell).use(mask, use, code, rules_.actors, when, race);
    if (rules_.finds_racing) note_racing(cell, mask, use, races ? &race : nullptr, code);
    if (!races || !rules_.races) return;
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
  if (!library_calls_.empty() && !libraries_may_order(with)) {
    note(std::string(UnseenLibraries::apart) + rules_.libraries->names(), code);
  }
  if (model_is_traced()) tell_race(at, use, with, code);
  fail("race", message, code);
}

void Program::gives_up_turn(const void* code) {
  Actor& actor = me();
  const bool only_reads = std::exchange(actor.quiet_changes, actor.changes) == actor.changes;
  const unsigned turns = actor.quiet_turns + 1;
  yield(code);
  actor.quiet_turns = turns;
  if (only_reads || turns > most_quiet_turns) actor.quiet = most_quiet - most_quiet_again;
}

// One that spans several objects, or reaches an atomic, counts as in conflict with everything.
Access Program::racing_access(std::uintptr_t at, std::size_t size) {
  const std::uintptr_t cell = at & ~std::uintptr_t{7};
  const ShadowCell* const known = shadow_.find(cell);
  const bool is_alone = at + size <= cell + 8 && (known == nullptr || known->atomics == nullptr);
  // Two of these never commute: none sees an older store, as a load of an atomic can.
  return is_alone ? access_of(Access::Kind::mutex, cell) : Access{Access::Kind::unknown, false, 0};
}

// What is written is not known before it has been: it counts as something new.
void Program::racing_step(std::uintptr_t at, std::size_t size, Use how, const void* code) {
  const bool reads = how == Use::read;
  step(racing_access(at, size), code);
  if (model_is_traced()) {
    tell(reads ? HistoryEvent::Kind::read : HistoryEvent::Kind::write, reads ? "read" : "write", at,
         code);
  }
  check_block(at, size, how, code);
  if (!reads) model_wrote();
  reads_for_ = code;
  Shadow::each(at, size, [&](std::uintptr_t cell, std::uint8_t) {
    if (!reads) return changed(ids_.of(cell));
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const void*>(cell), sizeof value);
    me().seen = mixed(me().seen, value);
    model_saw(ids_.of(cell), value);
  });
  reads_for_ = nullptr;
}

void Program::plain(std::uintptr_t at, std::size_t size, Use how, const void* code) {
  if (self() == Strategy::nobody || size == 0) return;
  leaves_libraries();
  if (!racing_.empty() && racing_.contains(code)) {
    racing_step(at, size, how, code);
  } else if (++me().quiet > most_quiet) {
    gives_up_turn(code);
  }
  use(at, size, how, code);
  if (how != Use::write) return;
  if (!LentThreads::is_stack(at) || LentThreads::owner_of(at) != self()) changes_itself();
  writes_atomics(at, size);
}

// Atomics that are written as plain memory, as they are initialized: a store like another.
void Program::writes_atomics(std::uintptr_t at, std::size_t size) {
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

void Program::owner_writes(std::uintptr_t at, std::size_t size) {
  use(at, size, Use::atomic_write, nullptr);
  changes_itself();
  writes_atomics(at, size);
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
  free_locks(block, code);
  // It races with every access that its actor has not heard of.
  Shadow::each(block.start, size, [&](std::uintptr_t cell, std::uint8_t mask) {
    ShadowCell* const used = shadow_.find(cell);
    RaceWith race;
    if (used == nullptr || !used->use(mask, Use::write, code, rules_.actors, now(), race)) return;
    if (rules_.races) fail_race(cell, Use::write, race, code);
  });
  heap().free(block, code);
}

}  // namespace poolproof
