// Who holds a lock reads it as plain memory: an acquire of the next owner comes behind that.
#include <assert.h>
#include <pthread.h>

static int taken;
static int count;

static void* add(void* nothing) {
  int expected = 0;
  while (!__atomic_compare_exchange_n(&taken, &expected, 1, 1, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    expected = 0;
  }
  ++count;
#ifdef WRONG
  __atomic_store_n(&taken, taken - 1, __ATOMIC_RELAXED);
#else
  __atomic_store_n(&taken, taken - 1, __ATOMIC_RELEASE);
#endif
  return nothing;
}

int main(void) {
  pthread_t one, other;
  pthread_create(&one, 0, add, 0);
  pthread_create(&other, 0, add, 0);
  pthread_join(one, 0);
  pthread_join(other, 0);
  assert(count == 2);
  return 0;
}
