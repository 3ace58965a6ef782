// main() ends without waiting for its thread. WRONG: the thread may see what main() stored last.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int stored;

static void *look(void *unused) {
  const int seen = atomic_load(&stored);
#ifdef WRONG
  assert(seen == 0);
#else
  assert(seen == 0 || seen == 1);
#endif
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, look, NULL);
  atomic_store(&stored, 1);
  return 0;
}
