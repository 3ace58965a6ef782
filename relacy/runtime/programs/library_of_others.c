// A lock that is in a library which was compiled without the check: what it protects looks like a
// race, and is none. WRONG: the race is over before anybody calls the library. APART: the lock is another,
// and nothing is done under it.
#include <assert.h>
#include <pthread.h>

#include "lock_of_others.h"

static int taken;
static int count;

static void* add(void* nothing) {
#ifdef WRONG
  ++count;
#elif defined(APART)
  int own = 0;
  lock_of_others(&own);
  unlock_of_others(&own);
  ++count;
#else
  lock_of_others(&taken);
  ++count;
  unlock_of_others(&taken);
#endif
  return nothing;
}

int main(void) {
  pthread_t one;
  pthread_t other;
  pthread_create(&one, 0, add, 0);
  pthread_create(&other, 0, add, 0);
  pthread_join(one, 0);
  pthread_join(other, 0);
  lock_of_others(&taken);
  assert(count == 2);
  return 0;
}
