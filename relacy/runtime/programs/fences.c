/* A message, published by fences. WRONG: the reader has none. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

int message;
atomic_int ready;

void* writer(void* unused) {
  message = 42;
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&ready, 1, memory_order_relaxed);
  return unused;
}
void* reader(void* unused) {
  if (atomic_load_explicit(&ready, memory_order_relaxed)) {
#ifndef WRONG
    atomic_thread_fence(memory_order_acquire);
#endif
    assert(message == 42);
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, writer, NULL);
  pthread_create(&threads[1], NULL, reader, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
