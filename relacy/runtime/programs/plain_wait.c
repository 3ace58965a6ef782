// Two threads wait for a plain variable that nobody writes. COUNTED: and count their rounds.
#include <pthread.h>

static volatile int stop;
static volatile unsigned rounds[2];

static void* wait(void* mine) {
  while (!stop) {
#ifdef COUNTED
    ++*(volatile unsigned*)mine;
#endif
  }
  return mine;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i != 2; ++i) pthread_create(&threads[i], 0, wait, (void*)&rounds[i]);
  for (int i = 0; i != 2; ++i) pthread_join(threads[i], 0);
  return 0;
}
