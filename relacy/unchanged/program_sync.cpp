// Mutexes, condition variables, semaphores, barriers and futexes of a program.
#include <algorithm>
#include <bit>
#include <cstring>

#include "program.hpp"

namespace poolproof {

namespace {

constexpr Access unknown{Access::Kind::unknown, false, 0};

constexpr std::uint32_t bit_of(unsigned actor) noexcept { return 1U << actor; }

}  // namespace

// Memory that has been given a value since is that of another.
SyncObject& Program::sync(std::uintptr_t at) {
  SyncObject& object = syncs_.get(at);
  if (object.gone) {
    std::uint32_t word = 0;
    std::memcpy(&word, reinterpret_cast<const void*>(at), sizeof word);
    if (word != SyncObject::gone_word) object.restart();
  }
  return object;
}

// Of many bytes only those at the front.
void Program::free_locks(const HeapBlock& block, const void* code) {
  constexpr std::size_t most = 4096;
  const std::uintptr_t end = block.start + std::min(block.size, most);
  for (std::uintptr_t at = block.start; at < end; at += 4) {
    SyncObject* const object = syncs_.find(at);
    if (object == nullptr) continue;
    if (object->is_in_use()) {
      fail("misuse", "a block is freed, and a lock in it is in use", code);
    }
    object->restart();
  }
}

// Must that actor wait for others? Who waits for itself is told when it takes the step.
bool Program::is_kept_out(const SyncObject& mutex, unsigned actor) const noexcept {
  if (mutex.owner != SyncObject::nobody && mutex.owner != actor) return true;
  return !actors_[actor].wants_shared && (mutex.sharers & ~bit_of(actor)) != 0;
}

// Who stands before a mutex that it cannot take has no step to take.
void Program::keep_out(const SyncObject& mutex, std::uintptr_t at) {
  for (unsigned i = 0; i != begun_; ++i) {
    Actor& actor = actors_[i];
    if (actor.wants != at || actor.waits_for != 0 || !is_kept_out(mutex, i)) continue;
    actor.waits_for = at;
    model_blocks(i);
  }
}

// The step in which a mutex is taken is there once nobody has it.
void Program::stand_before(std::uintptr_t at, bool shared, const void* code) {
  Actor& actor = me();
  actor.wants = at;
  actor.wants_shared = shared;
  SyncObject& mutex = sync(at);
  if (is_kept_out(mutex, self())) tell(HistoryEvent::Kind::wait, "wait for", at, code);
  keep_out(mutex, at);
  step(access_of(Access::Kind::mutex, at), code);
  actor.wants = 0;
}

void Program::take(SyncObject& mutex, std::uintptr_t at) {
  mutex.owner = self();
  mutex.depth = 1;
  mutex.clock.acquire();
  mutex.shared_clock.acquire();
  keep_out(mutex, at);
}

bool Program::lock(std::uintptr_t at, LockKind kind, bool only_try, const void* code) {
  if (self() == Strategy::nobody) return true;
  const Access access = access_of(Access::Kind::mutex, at);
  if (only_try) {
    step(access, code);
  } else {
    stand_before(at, kind == LockKind::shared, code);
  }
  check_block(at, 1, Use::atomic_write, code);
  SyncObject& mutex = sync(at);
  if (mutex.gone) fail("misuse", "a mutex is locked that was destroyed", code);
  if (mutex.owner == self()) {
    if (kind == LockKind::recursive) {
      ++mutex.depth;
      return true;
    }
    if (only_try || kind == LockKind::checked) return false;
  }
  const auto taken = [&] {
    return mutex.owner != SyncObject::nobody || (kind != LockKind::shared && mutex.sharers != 0);
  };
  while (taken()) {
    if (only_try) {
      tell(HistoryEvent::Kind::wait, "finds it taken", at, code);
      model_saw(access.object, mutex.owner);
      return false;
    }
    tell(HistoryEvent::Kind::wait, "wait for", at, code);
    block(at, access);
  }
  if (kind == LockKind::shared) {
    mutex.sharers |= bit_of(self());
    mutex.clock.acquire();
    keep_out(mutex, at);
  } else {
    take(mutex, at);
  }
  changed(access.object);
  tell(HistoryEvent::Kind::lock, "lock", at, code);
  return true;
}

void Program::release(SyncObject& mutex, std::uintptr_t at) {
  if (mutex.owner == self()) {
    mutex.owner = SyncObject::nobody;
    mutex.clock.release();
  } else {
    mutex.sharers &= ~bit_of(self());
    mutex.shared_clock.release();
  }
  unblock(at);
  keep_out(mutex, at);
}

void Program::unlock(std::uintptr_t at, const void* code) {
  if (self() == Strategy::nobody) return;
  step(access_of(Access::Kind::mutex, at), code);
  check_block(at, 1, Use::atomic_write, code);
  SyncObject& mutex = sync(at);
  if (mutex.owner != self() && (mutex.sharers & bit_of(self())) == 0) {
    fail("misuse", "a mutex is unlocked by an actor that does not hold it", code);
  }
  tell(HistoryEvent::Kind::unlock, "unlock", at, code);
  if (mutex.owner == self() && --mutex.depth != 0) return;
  changed(ids_.of(at));
  release(mutex, at);
}

void Program::wait_for(std::uintptr_t at) {
  SyncObject& mutex = sync(at);
  stand_before(at, false, me().code);
  const Access access = access_of(Access::Kind::mutex, at);
  while (mutex.owner != SyncObject::nobody || mutex.sharers != 0) block(at, access);
  take(mutex, at);
}

// A timed wait may time out at any time: that is a choice.
bool Program::wait(std::uintptr_t at, std::uintptr_t mutex_at, bool timed, const void* code) {
  step(unknown, code);
  SyncObject& condition = sync(at);
  SyncObject& mutex = sync(mutex_at);
  if (mutex.owner != self()) fail("misuse", "an actor waits without the mutex", code);
  const unsigned depth = mutex.depth;
  note("waits for the condition", code);
  release(mutex, mutex_at);
  changed(ids_.of(mutex_at));
  const bool woken = !timed || choose(2) == 0;
  if (woken) {
    condition.waiting |= bit_of(self());
    while ((condition.waiting & bit_of(self())) != 0) block(at, unknown);
  }
  wait_for(mutex_at);
  mutex.depth = depth;
  note(woken ? "is woken" : "waits no longer: the time is over", code);
  return woken;
}

void Program::wake(std::uintptr_t at, bool all, const void* code) {
  if (self() == Strategy::nobody) return;
  step(access_of(Access::Kind::mutex, at), code);
  SyncObject& condition = sync(at);
  note(all ? "wakes all" : "wakes one", code);
  std::uint32_t waiting = condition.waiting;
  if (waiting == 0) return;
  if (!all) {
    const auto count = static_cast<unsigned>(std::popcount(waiting));
    for (unsigned skip = choose(count); skip != 0; --skip) waiting &= waiting - 1;
    waiting &= ~(waiting - 1);
  }
  condition.waiting &= ~waiting;
  unblock(at);
}

// The kernel compares the newest value.
bool Program::futex_wait(std::uintptr_t at, std::uint32_t value, bool timed, const void* code) {
  step(access_of(Access::Kind::mutex, at), code);
  std::uint32_t now = 0;
  std::memcpy(&now, reinterpret_cast<const void*>(at), sizeof now);
  if (now != value || (timed && choose(2) == 1)) return false;
  SyncObject& queue = sync(at);
  queue.waiting |= bit_of(self());
  note("waits for a change", code);
  while ((queue.waiting & bit_of(self())) != 0) block(at, access_of(Access::Kind::mutex, at));
  return true;
}

unsigned Program::futex_wake(std::uintptr_t at, unsigned most, const void* code) {
  step(access_of(Access::Kind::mutex, at), code);
  SyncObject& queue = sync(at);
  note("wakes who waits for a change", code);
  unsigned woken = 0;
  for (; woken != most && queue.waiting != 0; ++woken) {
    queue.waiting &= queue.waiting - 1;
  }
  if (woken != 0) unblock(at);
  return woken;
}

void Program::count_begins(std::uintptr_t at, unsigned count) {
  sync(at).restart();
  sync(at).count = count;
}

bool Program::count_down(std::uintptr_t at, bool only_try, bool timed, const void* code) {
  const Access access = access_of(Access::Kind::mutex, at);
  step(access, code);
  SyncObject& semaphore = sync(at);
  while (semaphore.count == 0) {
    if (only_try || (timed && choose(2) == 1)) {
      model_saw(access.object, 0);
      return false;
    }
    tell(HistoryEvent::Kind::wait, "wait for", at, code);
    block(at, access);
  }
  --semaphore.count;
  semaphore.clock.acquire();
  changed(access.object);
  note("takes one of the semaphore", code);
  return true;
}

void Program::count_up(std::uintptr_t at, const void* code) {
  step(access_of(Access::Kind::mutex, at), code);
  SyncObject& semaphore = sync(at);
  ++semaphore.count;
  semaphore.clock.release();
  changed(ids_.of(at));
  note("gives one to the semaphore", code);
  unblock(at);
}

void Program::barrier_begins(std::uintptr_t at, unsigned parties, const void* code) {
  SyncObject& barrier = sync(at);
  if (parties == 0) fail("misuse", "a barrier for nobody", code);
  if (barrier.parties != 0 && !barrier.gone) fail("misuse", "a barrier is made twice", code);
  barrier.restart();
  barrier.parties = parties;
}

bool Program::barrier_waits(std::uintptr_t at, const void* code) {
  const Access access = access_of(Access::Kind::mutex, at);
  step(access, code);
  SyncObject& barrier = sync(at);
  if (barrier.parties == 0 || barrier.gone) {
    fail("misuse", "an actor comes to a barrier that is not there", code);
  }
  barrier.clock.release();
  note("comes to the barrier", code);
  const bool last = ++barrier.count == barrier.parties;
  if (last) {
    barrier.count = 0;
    ++barrier.round;
    unblock(at);
  } else {
    for (const unsigned round = barrier.round; barrier.round == round;) block(at, access);
  }
  barrier.clock.acquire();
  return last;
}

void Program::sync_ends(std::uintptr_t at, const void* code) {
  if (self() == Strategy::nobody) return;
  SyncObject& object = sync(at);
  if (object.gone) fail("misuse", "a lock is destroyed twice", code);
  if (object.is_in_use()) {
    fail("misuse",
         object.is_barrier() ? "a barrier is destroyed that is in use"
                             : "a lock is destroyed that is in use",
         code);
  }
  object.gone = true;
  std::memcpy(reinterpret_cast<void*>(at), &SyncObject::gone_word, sizeof SyncObject::gone_word);
}

}  // namespace poolproof
