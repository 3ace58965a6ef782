// Mutexes, condition variables, semaphores, barriers and futexes of a program.
#include <bit>
#include <cstring>

#include "program.hpp"

namespace poolproof {

namespace {

constexpr Access unknown{Access::Kind::unknown, false, 0};

constexpr std::uint32_t bit_of(unsigned actor) noexcept { return 1U << actor; }

}  // namespace

void Program::take(SyncObject& mutex) {
  mutex.owner = self();
  mutex.depth = 1;
  mutex.clock.acquire();
  mutex.shared_clock.acquire();
}

bool Program::lock(std::uintptr_t at, LockKind kind, bool only_try, const void* code) {
  if (self() == Strategy::nobody) return true;
  const Access access = access_of(Access::Kind::mutex, at);
  step(access, code);
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
      model_saw(access.object, mutex.owner, code);
      return false;
    }
    tell(HistoryEvent::Kind::wait, "wait for", at, code);
    block(at, access);
  }
  if (kind == LockKind::shared) {
    mutex.sharers |= bit_of(self());
    mutex.clock.acquire();
  } else {
    take(mutex);
  }
  model_changed(access.object);
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
  model_changed(ids_.of(at));
  release(mutex, at);
}

void Program::wait_for(std::uintptr_t at) {
  SyncObject& mutex = sync(at);
  const Access access = access_of(Access::Kind::mutex, at);
  step(access, me().code);
  while (mutex.owner != SyncObject::nobody || mutex.sharers != 0) block(at, access);
  take(mutex);
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
  model_changed(ids_.of(mutex_at));
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
      model_saw(access.object, 0, code);
      return false;
    }
    tell(HistoryEvent::Kind::wait, "wait for", at, code);
    block(at, access);
  }
  --semaphore.count;
  semaphore.clock.acquire();
  model_changed(access.object);
  note("takes one of the semaphore", code);
  return true;
}

void Program::count_up(std::uintptr_t at, const void* code) {
  step(access_of(Access::Kind::mutex, at), code);
  SyncObject& semaphore = sync(at);
  ++semaphore.count;
  semaphore.clock.release();
  model_changed(ids_.of(at));
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
  if (object.owner != SyncObject::nobody || object.sharers != 0 || object.waiting != 0) {
    fail("misuse", "a lock is destroyed that is in use", code);
  }
  if (object.parties != 0 && object.count != 0) {
    fail("misuse", "a barrier is destroyed that is in use", code);
  }
  object.gone = true;
}

}  // namespace poolproof
