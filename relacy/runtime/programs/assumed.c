// A thread assumes that another has stored to a flag. What it does then counts only if it has; and
// what others do counts although it waits.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include <poolproof/program.h>

static atomic_int flag;
static atomic_int seen;

static void *reader(void *unused) {
  (void)unused;
  poolproof_assume(atomic_load(&flag) == 1);
  atomic_store(&seen, atomic_load(&flag));
  return NULL;
}
static void *writer(void *unused) {
  (void)unused;
  atomic_store(&flag, 1);
#ifdef WRONG
  assert(atomic_load(&seen) == 0);
#endif
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, reader, NULL);
  pthread_create(&threads[1], NULL, writer, NULL);
  for (int i = 0; i != 2; ++i) pthread_join(threads[i], NULL);
  assert(atomic_load(&seen) == 1);
}
