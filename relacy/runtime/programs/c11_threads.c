/* C11's threads and mutexes. WRONG: one thread does not lock. */
#include <assert.h>
#include <stddef.h>
#include <threads.h>

mtx_t mutex;
int count;

int add(void* locks) {
  if (locks != NULL) mtx_lock(&mutex);
  ++count;
  if (locks != NULL) mtx_unlock(&mutex);
  return 7;
}

int main(void) {
  thrd_t one;
  thrd_t other;
  int result = 0;
  mtx_init(&mutex, mtx_plain);
  thrd_create(&one, add, &mutex);
#ifdef WRONG
  thrd_create(&other, add, NULL);
#else
  thrd_create(&other, add, &mutex);
#endif
  thrd_join(one, &result);
  thrd_join(other, NULL);
  assert(result == 7 && count == 2);
  mtx_destroy(&mutex);
  return 0;
}
