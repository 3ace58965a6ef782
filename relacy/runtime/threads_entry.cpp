// Threads, and what belongs to each: POSIX and C11.
#include <pthread.h>
#include <sched.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <vector>

#include "entry.hpp"
#include "runtime.hpp"

namespace {

using poolproof::Inside;
using poolproof::Program;

unsigned actor_of(pthread_t thread) noexcept { return Program::threads().actor_of(thread); }

int join(pthread_t thread, void** result, const void* code) {
  const Inside program;
  const unsigned actor = actor_of(thread);
  if (!program->is_thread(actor)) return ESRCH;
  void* const value = program->join(actor, code);
  if (result != nullptr) *result = value;
  return 0;
}
int create(pthread_t* thread, void* (*call)(void*), void* argument, const void* code) {
  const Inside program;
  *thread = Program::threads().handle(program->create(call, argument, code));
  return 0;
}
// First what the thread has left to be done, the last of it first. Each goes on here.
[[noreturn]] void leave(void* result) {
  void* last = nullptr;
  {
    const Inside program;
    std::vector<void*>& cleanups = program->cleanups();
    if (cleanups.empty()) program->leave(result);
    last = cleanups.back();
    cleanups.pop_back();
  }
  auto* const buffer = static_cast<__pthread_unwind_buf_t*>(last);
  buffer->__pad[0] = result;
  _longjmp(reinterpret_cast<__jmp_buf_tag*>(buffer->__cancel_jmp_buf), 1);
}
int pass_time(const void* code) {
  Inside()->yield(code);
  return 0;
}

}  // namespace

POOLPROOF_ENTRY int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                   void* (*call)(void*), void* argument) {
  poolproof::refuse_early_thread();
  POOLPROOF_SYSTEM(pthread_create, thread, attributes, call, argument);
  return create(thread, call, argument, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_join(pthread_t thread, void** result) {
  POOLPROOF_SYSTEM(pthread_join, thread, result);
  return join(thread, result, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pthread_detach(pthread_t thread) {
  POOLPROOF_SYSTEM(pthread_detach, thread);
  return 0;
}
POOLPROOF_ENTRY pthread_t pthread_self() {
  POOLPROOF_SYSTEM(pthread_self);
  const Inside program;
  return Program::threads().handle(program->self());
}
POOLPROOF_ENTRY void pthread_exit(void* result) {
  if (!poolproof::inside) {
    poolproof::system_function<void(void*)>("pthread_exit")(result);
    __builtin_unreachable();
  }
  leave(result);
}
// What pthread_cleanup_push and pthread_cleanup_pop are in C.
POOLPROOF_ENTRY void __pthread_register_cancel(__pthread_unwind_buf_t* buffer) {
  POOLPROOF_SYSTEM(__pthread_register_cancel, buffer);
  Inside()->cleanups().push_back(buffer);
}
POOLPROOF_ENTRY void __pthread_unregister_cancel(__pthread_unwind_buf_t* buffer) {
  POOLPROOF_SYSTEM(__pthread_unregister_cancel, buffer);
  Inside()->cleanups().pop_back();
}
POOLPROOF_ENTRY void __pthread_unwind_next(__pthread_unwind_buf_t* buffer) {
  if (!poolproof::inside) {
    poolproof::system_function<decltype(__pthread_unwind_next)>("__pthread_unwind_next")(buffer);
    __builtin_unreachable();
  }
  leave(buffer->__pad[0]);
}
// Whether a thread that is canceled has come to a place where it may be is not known here.
POOLPROOF_ENTRY int pthread_cancel(pthread_t thread) {
  POOLPROOF_SYSTEM(pthread_cancel, thread);
  Inside()->fail("unsupported", "the program calls pthread_cancel()", POOLPROOF_CODE);
}

POOLPROOF_ENTRY int sched_yield() {
  POOLPROOF_SYSTEM(sched_yield);
  return pass_time(POOLPROOF_CODE);
}
// Time does not pass by itself: who sleeps lets others go on.
POOLPROOF_ENTRY unsigned sleep(unsigned seconds) {
  POOLPROOF_SYSTEM(sleep, seconds);
  pass_time(POOLPROOF_CODE);
  return 0;
}
POOLPROOF_ENTRY int usleep(useconds_t time) {
  POOLPROOF_SYSTEM(usleep, time);
  return pass_time(POOLPROOF_CODE);
}
POOLPROOF_ENTRY int nanosleep(const timespec* time, timespec* left) {
  POOLPROOF_SYSTEM(nanosleep, time, left);
  return pass_time(POOLPROOF_CODE);
}
POOLPROOF_ENTRY int clock_nanosleep(clockid_t clock, int flags, const timespec* time,
                                    timespec* left) {
  POOLPROOF_SYSTEM(clock_nanosleep, clock, flags, time, left);
  return pass_time(POOLPROOF_CODE);
}
// It passes with each look at a clock, so that a loop until then ends.
POOLPROOF_ENTRY int clock_gettime(clockid_t clock, timespec* time) {
  POOLPROOF_SYSTEM(clock_gettime, clock, time);
  const Inside program;
  const std::uint64_t now = program->look_at_clock();
  *time = {1'000'000 + static_cast<time_t>(now / 1'000'000'000),
           static_cast<long>(now % 1'000'000'000)};
  return 0;
}

POOLPROOF_ENTRY int pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) {
  POOLPROOF_SYSTEM(pthread_key_create, key, destroy);
  const Inside program;
  *key = program->make_key(destroy);
  return 0;
}
POOLPROOF_ENTRY int pthread_key_delete(pthread_key_t key) {
  POOLPROOF_SYSTEM(pthread_key_delete, key);
  return 0;
}
POOLPROOF_ENTRY void* pthread_getspecific(pthread_key_t key) {
  POOLPROOF_SYSTEM(pthread_getspecific, key);
  const Inside program;
  return program->local(key);
}
POOLPROOF_ENTRY int pthread_setspecific(pthread_key_t key, const void* value) {
  POOLPROOF_SYSTEM(pthread_setspecific, key, value);
  const Inside program;
  program->local(key) = const_cast<void*>(value);
  return 0;
}

// C11: libc's own would begin and join real threads.
POOLPROOF_ENTRY int thrd_create(thrd_t* thread, thrd_start_t call, void* argument) {
  poolproof::refuse_early_thread();
  POOLPROOF_SYSTEM(thrd_create, thread, call, argument);
  // The result of the function is an int, where POSIX has a pointer; it comes back in the same
  // register.
  create(thread, reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void (*)()>(call)), argument,
         POOLPROOF_CODE);
  return thrd_success;
}
POOLPROOF_ENTRY int thrd_join(thrd_t thread, int* result) {
  POOLPROOF_SYSTEM(thrd_join, thread, result);
  void* value = nullptr;
  if (join(thread, &value, POOLPROOF_CODE) != 0) return thrd_error;
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return thrd_success;
}
POOLPROOF_ENTRY int thrd_detach(thrd_t thread) {
  POOLPROOF_SYSTEM(thrd_detach, thread);
  return thrd_success;
}
POOLPROOF_ENTRY thrd_t thrd_current() {
  POOLPROOF_SYSTEM(thrd_current);
  const Inside program;
  return Program::threads().handle(program->self());
}
POOLPROOF_ENTRY void thrd_exit(int result) {
  if (!poolproof::inside) {
    poolproof::system_function<void(int)>("thrd_exit")(result);
    __builtin_unreachable();
  }
  leave(reinterpret_cast<void*>(static_cast<std::intptr_t>(result)));
}
POOLPROOF_ENTRY void thrd_yield() {
  POOLPROOF_SYSTEM(thrd_yield);
  pass_time(POOLPROOF_CODE);
}
POOLPROOF_ENTRY int thrd_sleep(const timespec* time, timespec* left) {
  POOLPROOF_SYSTEM(thrd_sleep, time, left);
  return pass_time(POOLPROOF_CODE);
}
POOLPROOF_ENTRY int tss_create(tss_t* key, tss_dtor_t destroy) {
  POOLPROOF_SYSTEM(tss_create, key, destroy);
  const Inside program;
  *key = program->make_key(destroy);
  return thrd_success;
}
POOLPROOF_ENTRY void tss_delete(tss_t key) { POOLPROOF_SYSTEM(tss_delete, key); }
POOLPROOF_ENTRY void* tss_get(tss_t key) {
  POOLPROOF_SYSTEM(tss_get, key);
  const Inside program;
  return program->local(key);
}
POOLPROOF_ENTRY int tss_set(tss_t key, void* value) {
  POOLPROOF_SYSTEM(tss_set, key, value);
  const Inside program;
  program->local(key) = value;
  return thrd_success;
}

// A thread_local object's destructor.
POOLPROOF_ENTRY int __cxa_thread_atexit(void (*call)(void*), void* object, void* library) {
  if (!poolproof::inside) {
    static auto* const real =
        poolproof::system_function<int(void (*)(void*), void*, void*)>("__cxa_thread_atexit");
    return real(call, object, library);
  }
  Inside()->at_thread_end(call, object);
  return 0;
}
