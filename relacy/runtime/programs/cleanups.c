// A thread frees what it has, whether it returns or leaves. WRONG: it does not if it leaves.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int freed;

static void give_back(void* block) {
  free(block);
  freed++;
}

static void* work(void* leaves) {
  void* const block = malloc(8);
#ifdef WRONG
  if (leaves != 0) pthread_exit(leaves);
#endif
  pthread_cleanup_push(give_back, block);
  if (leaves != 0) pthread_exit(leaves);
  pthread_cleanup_pop(1);
  return block;
}

int main(void) {
  pthread_t returns, leaves;
  void* result = 0;
  pthread_create(&returns, 0, work, 0);
  pthread_create(&leaves, 0, work, &leaves);
  pthread_join(returns, 0);
  pthread_join(leaves, &result);
  assert(freed == 2 && result == &leaves);
  return 0;
}
