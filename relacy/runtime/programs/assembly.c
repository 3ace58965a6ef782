// A lock in inline assembly, which the check does not see: what it protects looks like a race.
#include <assert.h>
#include <pthread.h>

static int taken;
static int count;

static void lock(void) {
  int old = 1;
  do {
    __asm__ __volatile__("xchgl %0, %1" : "+r"(old), "+m"(taken)::"memory");
  } while (old != 0);
}

static void* add(void* nothing) {
  lock();
  ++count;
  __asm__ __volatile__("movl $0, %0" : "=m"(taken)::"memory");
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
