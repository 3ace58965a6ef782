// Instructions of its own that do nothing to memory, and others where the failing execution does not
// come: neither is why it fails.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int ready;
static int message;
static int events;

static void count_event(void) {
  __asm__ __volatile__("lock incl %0" : "+m"(events)::"memory");
}
static void relax(void) {
  unsigned low;
  unsigned high;
  __asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
  __asm__ __volatile__("pause; nop" ::: "memory");
}

static void* give(void* nothing) {
  __asm__ __volatile__("" ::: "memory");
  message = 1;
#ifdef WRONG
  atomic_store_explicit(&ready, 1, memory_order_relaxed);
#else
  atomic_store_explicit(&ready, 1, memory_order_release);
#endif
  return nothing;
}

int main(void) {
  pthread_t giver;
  pthread_create(&giver, 0, give, 0);
  while (atomic_load_explicit(&ready, memory_order_acquire) == 0) relax();
  assert(message == 1);
  count_event();
  pthread_join(giver, 0);
  return 0;
}
