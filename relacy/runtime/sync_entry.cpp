// Locks, conditions, semaphores, barriers and futexes: POSIX, C11, and what the C++ library makes
// of them.
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "entry.hpp"

namespace {

using poolproof::address;
using poolproof::Inside;
using poolproof::LockKind;

LockKind kind_of(const pthread_mutex_t* mutex) noexcept {
  switch (mutex->__data.__kind & 3) {
    case PTHREAD_MUTEX_RECURSIVE:
      return LockKind::recursive;
    case PTHREAD_MUTEX_ERRORCHECK:
      return LockKind::checked;
    default:
      return LockKind::plain;
  }
}
int lock(pthread_mutex_t* mutex, const void* code) {
  return Inside()->lock(address(mutex), kind_of(mutex), false, code) ? 0 : EDEADLK;
}
int try_lock(const volatile void* mutex, LockKind kind, const void* code) {
  return Inside()->lock(address(mutex), kind, true, code) ? 0 : EBUSY;
}
// The time may be over before it is free: a choice.
int timed_lock(const volatile void* lock, LockKind kind, const void* code) {
  const Inside program;
  const bool only_try = program->choose(2) == 1;
  return program->lock(address(lock), kind, only_try, code) ? 0 : ETIMEDOUT;
}
int timed_lock(pthread_mutex_t* mutex, const void* code) {
  return timed_lock(mutex, kind_of(mutex), code);
}
int timed_down(const volatile void* semaphore, const void* code) {
  if (Inside()->count_down(address(semaphore), false, true, code)) return 0;
  errno = ETIMEDOUT;
  return -1;
}
int unlock(const volatile void* mutex, const void* code) {
  Inside()->unlock(address(mutex), code);
  return 0;
}
int wait(const void* condition, const void* mutex, bool timed, const void* code) {
  return Inside()->wait(address(condition), address(mutex), timed, code) ? 0 : ETIMEDOUT;
}
int wake(const void* condition, bool all, const void* code) {
  Inside()->wake(address(condition), all, code);
  return 0;
}
int end(const volatile void* object, const void* code) {
  Inside()->sync_ends(address(object), code);
  return 0;
}
int begin(const volatile void* object) {
  Inside()->count_begins(address(object), 0);
  return 0;
}
int run_once(volatile void* flag, void (*call)(), const void* code) {
  Inside()->lock(address(flag), LockKind::plain, false, code);
  // An exception leaves it to the next caller.
  struct Unlock {
    volatile void* flag;
    const void* code;
    ~Unlock() { unlock(flag, code); }
  } const at_end{flag, code};
  auto* const done = static_cast<volatile int*>(flag);
  if (*done == 0) {
    call();
    *done = 2;
  }
  return 0;
}

}  // namespace

POOLPROOF_ENTRY int pthread_mutex_init(pthread_mutex_t* mutex,
                                       const pthread_mutexattr_t* attributes) {
  static auto* const real =
      poolproof::system_function<decltype(pthread_mutex_init)>("pthread_mutex_init");
  const int result = real(mutex, attributes);
  return poolproof::inside ? begin(mutex) : result;
}
POOLPROOF_ENTRY int pthread_mutex_destroy(pthread_mutex_t* mutex) {
  POOLPROOF_SYSTEM(pthread_mutex_destroy, mutex);
  return end(mutex, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_mutex_lock(pthread_mutex_t* mutex) {
  POOLPROOF_SYSTEM(pthread_mutex_lock, mutex);
  return lock(mutex, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  POOLPROOF_SYSTEM(pthread_mutex_trylock, mutex);
  return try_lock(mutex, kind_of(mutex), POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* time) {
  POOLPROOF_SYSTEM(pthread_mutex_timedlock, mutex, time);
  return timed_lock(mutex, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                            const timespec* time) {
  POOLPROOF_SYSTEM(pthread_mutex_clocklock, mutex, clock, time);
  return timed_lock(mutex, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  POOLPROOF_SYSTEM(pthread_mutex_unlock, mutex);
  return unlock(mutex, POOLPROOF_CODE);
}

POOLPROOF_ENTRY int pthread_spin_init(pthread_spinlock_t* lock, int shared) {
  POOLPROOF_SYSTEM(pthread_spin_init, lock, shared);
  return begin(lock);
}
POOLPROOF_ENTRY int pthread_spin_destroy(pthread_spinlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_spin_destroy, lock);
  return end(lock, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_spin_lock(pthread_spinlock_t* spin) {
  POOLPROOF_SYSTEM(pthread_spin_lock, spin);
  Inside()->lock(address(spin), LockKind::plain, false, POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int pthread_spin_trylock(pthread_spinlock_t* spin) {
  POOLPROOF_SYSTEM(pthread_spin_trylock, spin);
  return try_lock(spin, LockKind::plain, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_spin_unlock(pthread_spinlock_t* spin) {
  POOLPROOF_SYSTEM(pthread_spin_unlock, spin);
  return unlock(spin, POOLPROOF_CODE);
}

POOLPROOF_ENTRY int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* how) {
  POOLPROOF_SYSTEM(pthread_rwlock_init, lock, how);
  return begin(lock);
}
POOLPROOF_ENTRY int pthread_rwlock_destroy(pthread_rwlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_rwlock_destroy, lock);
  return end(lock, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_rwlock_rdlock, lock);
  Inside()->lock(address(lock), LockKind::shared, false, POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_rwlock_wrlock, lock);
  Inside()->lock(address(lock), LockKind::plain, false, POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_rwlock_tryrdlock, lock);
  return try_lock(lock, LockKind::shared, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_rwlock_trywrlock, lock);
  return try_lock(lock, LockKind::plain, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* time) {
  POOLPROOF_SYSTEM(pthread_rwlock_timedrdlock, lock, time);
  return timed_lock(lock, LockKind::shared, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* time) {
  POOLPROOF_SYSTEM(pthread_rwlock_clockrdlock, lock, clock, time);
  return timed_lock(lock, LockKind::shared, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* time) {
  POOLPROOF_SYSTEM(pthread_rwlock_timedwrlock, lock, time);
  return timed_lock(lock, LockKind::plain, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* time) {
  POOLPROOF_SYSTEM(pthread_rwlock_clockwrlock, lock, clock, time);
  return timed_lock(lock, LockKind::plain, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  POOLPROOF_SYSTEM(pthread_rwlock_unlock, lock);
  return unlock(lock, POOLPROOF_CODE);
}

POOLPROOF_ENTRY int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* how) {
  POOLPROOF_SYSTEM(pthread_cond_init, condition, how);
  return begin(condition);
}
POOLPROOF_ENTRY int pthread_cond_destroy(pthread_cond_t* condition) {
  POOLPROOF_SYSTEM(pthread_cond_destroy, condition);
  return end(condition, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  POOLPROOF_SYSTEM(pthread_cond_wait, condition, mutex);
  return wait(condition, mutex, false, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           const timespec* time) {
  POOLPROOF_SYSTEM(pthread_cond_timedwait, condition, mutex, time);
  return wait(condition, mutex, true, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           clockid_t clock, const timespec* time) {
  POOLPROOF_SYSTEM(pthread_cond_clockwait, condition, mutex, clock, time);
  return wait(condition, mutex, true, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_cond_signal(pthread_cond_t* condition) {
  POOLPROOF_SYSTEM(pthread_cond_signal, condition);
  return wake(condition, false, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_cond_broadcast(pthread_cond_t* condition) {
  POOLPROOF_SYSTEM(pthread_cond_broadcast, condition);
  return wake(condition, true, POOLPROOF_CODE);
}

POOLPROOF_ENTRY int pthread_barrier_init(pthread_barrier_t* barrier,
                                         const pthread_barrierattr_t* how, unsigned parties) {
  POOLPROOF_SYSTEM(pthread_barrier_init, barrier, how, parties);
  Inside()->barrier_begins(address(barrier), parties, POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int pthread_barrier_destroy(pthread_barrier_t* barrier) {
  POOLPROOF_SYSTEM(pthread_barrier_destroy, barrier);
  return end(barrier, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_barrier_wait(pthread_barrier_t* barrier) {
  POOLPROOF_SYSTEM(pthread_barrier_wait, barrier);
  return Inside()->barrier_waits(address(barrier), POOLPROOF_CODE) ? PTHREAD_BARRIER_SERIAL_THREAD
                                                                   : 0;
}

POOLPROOF_ENTRY int sem_init(sem_t* semaphore, int shared, unsigned value) {
  POOLPROOF_SYSTEM(sem_init, semaphore, shared, value);
  Inside()->count_begins(address(semaphore), value);
  return 0;
}
POOLPROOF_ENTRY int sem_destroy(sem_t* semaphore) {
  POOLPROOF_SYSTEM(sem_destroy, semaphore);
  return 0;
}
POOLPROOF_ENTRY int sem_wait(sem_t* semaphore) {
  POOLPROOF_SYSTEM(sem_wait, semaphore);
  Inside()->count_down(address(semaphore), false, false, POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int sem_trywait(sem_t* semaphore) {
  POOLPROOF_SYSTEM(sem_trywait, semaphore);
  if (Inside()->count_down(address(semaphore), true, false, POOLPROOF_CODE)) return 0;
  errno = EAGAIN;
  return -1;
}
POOLPROOF_ENTRY int sem_timedwait(sem_t* semaphore, const timespec* time) {
  POOLPROOF_SYSTEM(sem_timedwait, semaphore, time);
  return timed_down(semaphore, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* time) {
  POOLPROOF_SYSTEM(sem_clockwait, semaphore, clock, time);
  return timed_down(semaphore, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int sem_post(sem_t* semaphore) {
  POOLPROOF_SYSTEM(sem_post, semaphore);
  Inside()->count_up(address(semaphore), POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int sem_getvalue(sem_t* semaphore, int* value) {
  POOLPROOF_SYSTEM(sem_getvalue, semaphore, value);
  *value = static_cast<int>(Inside()->count_of(address(semaphore)));
  return 0;
}

POOLPROOF_ENTRY int pthread_once(pthread_once_t* flag, void (*call)()) {
  POOLPROOF_SYSTEM(pthread_once, flag, call);
  return run_once(flag, call, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void call_once(once_flag* flag, void (*call)()) {
  POOLPROOF_SYSTEM(call_once, flag, call);
  run_once(flag, call, POOLPROOF_CODE);
}

// C11's are POSIX' by other names.
POOLPROOF_ENTRY int mtx_init(mtx_t* mutex, int type) {
  POOLPROOF_SYSTEM(mtx_init, mutex, type);
  std::memset(mutex, 0, sizeof *mutex);
  auto* const same = reinterpret_cast<pthread_mutex_t*>(mutex);
  same->__data.__kind = (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : 0;
  return begin(mutex) == 0 ? thrd_success : thrd_error;
}
POOLPROOF_ENTRY void mtx_destroy(mtx_t* mutex) {
  POOLPROOF_SYSTEM(mtx_destroy, mutex);
  end(mutex, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int mtx_lock(mtx_t* mutex) {
  POOLPROOF_SYSTEM(mtx_lock, mutex);
  lock(reinterpret_cast<pthread_mutex_t*>(mutex), POOLPROOF_CODE);
  return thrd_success;
}
POOLPROOF_ENTRY int mtx_trylock(mtx_t* mutex) {
  POOLPROOF_SYSTEM(mtx_trylock, mutex);
  const LockKind kind = kind_of(reinterpret_cast<pthread_mutex_t*>(mutex));
  return try_lock(mutex, kind, POOLPROOF_CODE) == 0 ? thrd_success : thrd_busy;
}
POOLPROOF_ENTRY int mtx_timedlock(mtx_t* mutex, const timespec* time) {
  POOLPROOF_SYSTEM(mtx_timedlock, mutex, time);
  auto* const same = reinterpret_cast<pthread_mutex_t*>(mutex);
  return timed_lock(same, POOLPROOF_CODE) == 0 ? thrd_success : thrd_timedout;
}
POOLPROOF_ENTRY int mtx_unlock(mtx_t* mutex) {
  POOLPROOF_SYSTEM(mtx_unlock, mutex);
  unlock(mutex, POOLPROOF_CODE);
  return thrd_success;
}
POOLPROOF_ENTRY int cnd_init(cnd_t* condition) {
  POOLPROOF_SYSTEM(cnd_init, condition);
  begin(condition);
  return thrd_success;
}
POOLPROOF_ENTRY void cnd_destroy(cnd_t* condition) {
  POOLPROOF_SYSTEM(cnd_destroy, condition);
  end(condition, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  POOLPROOF_SYSTEM(cnd_wait, condition, mutex);
  wait(condition, mutex, false, POOLPROOF_CODE);
  return thrd_success;
}
POOLPROOF_ENTRY int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* time) {
  POOLPROOF_SYSTEM(cnd_timedwait, condition, mutex, time);
  return wait(condition, mutex, true, POOLPROOF_CODE) == 0 ? thrd_success : thrd_timedout;
}
POOLPROOF_ENTRY int cnd_signal(cnd_t* condition) {
  POOLPROOF_SYSTEM(cnd_signal, condition);
  return wake(condition, false, POOLPROOF_CODE) == 0 ? thrd_success : thrd_error;
}
POOLPROOF_ENTRY int cnd_broadcast(cnd_t* condition) {
  POOLPROOF_SYSTEM(cnd_broadcast, condition);
  return wake(condition, true, POOLPROOF_CODE) == 0 ? thrd_success : thrd_error;
}

// A static variable of a function: its guard is a lock, and a byte that says whether it is made.
POOLPROOF_ENTRY int __cxa_guard_acquire(char* guard) {
  POOLPROOF_SYSTEM(__cxa_guard_acquire, guard);
  const Inside program;
  program->lock(address(guard + 1), LockKind::plain, false, POOLPROOF_CODE);
  if (*guard == 0) return 1;
  program->unlock(address(guard + 1), POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY void __cxa_guard_release(char* guard) {
  POOLPROOF_SYSTEM(__cxa_guard_release, guard);
  const Inside program;
  program->store(address(guard), 1, 1, std::memory_order_release, POOLPROOF_CODE);
  program->unlock(address(guard + 1), POOLPROOF_CODE);
}
POOLPROOF_ENTRY void __cxa_guard_abort(char* guard) {
  POOLPROOF_SYSTEM(__cxa_guard_abort, guard);
  Inside()->unlock(address(guard + 1), POOLPROOF_CODE);
}

namespace {

// What std::atomic's wait and notify, latches, semaphores and barriers come to.
long futex(std::uint32_t* at, int operation, std::uint32_t value, bool timed, const void* code) {
  const Inside program;
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      if (program->futex_wait(address(at), value, timed, code)) return 0;
      errno = timed ? ETIMEDOUT : EAGAIN;
      return -1;
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return program->futex_wake(address(at), value, code);
    default:
      program->fail("unsupported", "a futex is used in another way than to wait and wake", code);
  }
}

}  // namespace

POOLPROOF_ENTRY long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (!poolproof::inside) {
    static auto* const real = poolproof::system_function<long(long, ...)>("syscall");
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                arguments[5]);
  }
  if (number == SYS_futex) {
    return futex(reinterpret_cast<std::uint32_t*>(arguments[0]), static_cast<int>(arguments[1]),
                 static_cast<std::uint32_t>(arguments[2]), arguments[3] != 0, POOLPROOF_CODE);
  }
  if (number == SYS_gettid) return static_cast<long>(Inside()->self()) + 1;
  const Inside program;
  program->fail("unsupported", "the program makes a system call itself", POOLPROOF_CODE);
}
