// A lock with a queue of nodes, each of its own thread. WRONG: who unlocks does not wait for the
// next one to link itself.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct node {
  struct node *_Atomic next;
  atomic_bool waits;
};

static _Thread_local struct node mine;
static struct node *_Atomic last;
static int guarded;

static void lock(void) {
  atomic_store_explicit(&mine.next, NULL, memory_order_relaxed);
  atomic_store_explicit(&mine.waits, 1, memory_order_relaxed);
  struct node *before = atomic_exchange_explicit(&last, &mine, memory_order_acq_rel);
  if (before == NULL) return;
  atomic_store_explicit(&before->next, &mine, memory_order_release);
  while (atomic_load_explicit(&mine.waits, memory_order_acquire)) {
  }
}
static void unlock(void) {
  struct node *next = atomic_load_explicit(&mine.next, memory_order_acquire);
  if (next == NULL) {
    struct node *me = &mine;
    if (atomic_compare_exchange_strong_explicit(&last, &me, NULL, memory_order_release,
                                                memory_order_relaxed)) {
      return;
    }
#ifdef WRONG
    return;
#endif
    while ((next = atomic_load_explicit(&mine.next, memory_order_acquire)) == NULL) {
    }
  }
  atomic_store_explicit(&next->waits, 0, memory_order_release);
}

static void *count(void *unused) {
  lock();
  ++guarded;
  unlock();
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i != 2; ++i) pthread_create(&threads[i], NULL, count, NULL);
  for (int i = 0; i != 2; ++i) pthread_join(threads[i], NULL);
  assert(guarded == 2);
}
