// A stop for a debugger, which only who comes late runs into.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int published;

static void* give(void* unused) {
  atomic_store(&published, 1);
  return unused;
}

int main(void) {
  pthread_t giver;
  pthread_create(&giver, NULL, give, NULL);
  if (atomic_load(&published) == 1) {
#ifdef WRONG
    __asm__ volatile("int3");
#endif
  }
  pthread_join(giver, NULL);
  return 0;
}
