// Two counters that are always to be the same; the wrong one takes no lock where it reads them. That is a
// race; for whoever does not ask for races, it is what comes of it: one that is ahead of the other.
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sent;
static int counted;

static void* sender(void* unused) {
  pthread_mutex_lock(&lock);
  ++sent;
  ++counted;
  pthread_mutex_unlock(&lock);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, sender, NULL);
#ifndef WRONG
  pthread_mutex_lock(&lock);
#endif
  const int seen = sent;
  assert(seen == counted);
#ifndef WRONG
  pthread_mutex_unlock(&lock);
#endif
  pthread_join(thread, NULL);
  return 0;
}
