// A lock whose reader takes a compiler's barrier for a fence, as code for one machine does. WRONG:
// the plain variable lies outside of what that would order.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int message;
static int other;
static atomic_int ready;

static void *writer(void *unused) {
  message = 42;
  atomic_store_explicit(&ready, 1, memory_order_release);
  other = 1;
  return unused;
}
static void *reader(void *unused) {
  if (atomic_load_explicit(&ready, memory_order_relaxed)) {
    atomic_signal_fence(memory_order_acquire);
#ifdef WRONG
    assert(other != 2);
#else
    assert(message == 42);
#endif
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, writer, NULL);
  pthread_create(&threads[1], NULL, reader, NULL);
  for (int i = 0; i != 2; ++i) pthread_join(threads[i], NULL);
  return other == 1 && message == 42 ? 0 : 1;
}
