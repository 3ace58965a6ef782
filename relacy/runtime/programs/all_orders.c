// Three threads take a mutex in turn, and note in which order. The argument is an order that the
// check must find, such as 201.
#include <assert.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char order[4];
static int taken;

static void *take(void *name) {
  pthread_mutex_lock(&mutex);
  order[taken++] = *(const char *)name;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t threads[3];
  for (int i = 0; i != 3; ++i) pthread_create(&threads[i], NULL, take, "012" + i);
  for (int i = 0; i != 3; ++i) pthread_join(threads[i], NULL);
  assert(argc < 2 || strcmp(order, argv[1]) != 0);
}
