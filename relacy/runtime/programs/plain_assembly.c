// A message whose flag is set and read by plain moves in inline assembly: on this machine a release
// and an acquire. WRONG: the message is read without a look at the flag, which nobody sets.
#include <assert.h>
#include <pthread.h>

static int ready;
static int message;

static int load(const int* at) {
  int value;
  __asm__ __volatile__("movl %1, %0" : "=r"(value) : "m"(*at) : "memory");
  return value;
}
static void store(int* at, int value) {
  __asm__ __volatile__("movl %1, %0" : "=m"(*at) : "r"(value) : "memory");
}

static void* give(void* nothing) {
  message = 1;
#ifndef WRONG
  store(&ready, 1);
#endif
  return nothing;
}

static void* take(void* nothing) {
#ifdef WRONG
  assert(message < 2);
#else
  if (load(&ready) == 1) assert(message == 1);
#endif
  return nothing;
}

int main(void) {
  pthread_t giver;
  pthread_t taker;
  pthread_create(&giver, 0, give, 0);
  pthread_create(&taker, 0, take, 0);
  pthread_join(giver, 0);
  pthread_join(taker, 0);
#ifdef WRONG
  store(&ready, load(&ready));
#endif
  return 0;
}
