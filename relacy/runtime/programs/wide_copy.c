// One thread copies a struct of two words at once over another one; the wrong program reads its second word
// meanwhile. That is a race; for whoever does not ask for races, the copy may have come first.
#include <assert.h>
#include <pthread.h>
#include <string.h>

struct Two {
  long first;
  long second;
};
static struct Two shared;

static void* writer(void* unused) {
  const struct Two both = {1, 1};
  memcpy(&shared, &both, sizeof shared);
  return unused;
}

int main(void) {
  pthread_t thread;
#ifdef WRONG
  pthread_create(&thread, NULL, writer, NULL);
  assert(shared.second == 0);
#else
  assert(shared.second == 0);
  pthread_create(&thread, NULL, writer, NULL);
#endif
  pthread_join(thread, NULL);
  return 0;
}
