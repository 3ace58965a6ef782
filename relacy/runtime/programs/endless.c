// In some executions a thread counts without an end. WRONG: in the others an assertion fails.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int begun;
static atomic_uint count;

static void* begin(void* nothing) {
  atomic_store(&begun, 1);
  return nothing;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, begin, 0);
  if (atomic_load(&begun) == 0) {
    while (atomic_fetch_add(&count, 1) + 1 != 0) {
    }
  }
#ifdef WRONG
  assert(atomic_load(&count) != 0);
#endif
  pthread_join(thread, 0);
  return 0;
}
