// Two threads wait for a plain variable that nobody writes.
#include <pthread.h>

static volatile int stop;

static void* wait(void* nothing) {
  while (!stop) {
  }
  return nothing;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i != 2; ++i) pthread_create(&threads[i], 0, wait, 0);
  for (int i = 0; i != 2; ++i) pthread_join(threads[i], 0);
  return 0;
}
