/* Two threads, each of which goes one above what the other has written. How high they come depends on
   how often they take turns. WRONG: the highest that is possible is taken for impossible. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#ifdef WRONG
enum { turns = 7, highest = 2 * turns - 1 };
#else
enum { turns = 7, highest = 2 * turns };
#endif

static atomic_int left_height;
static atomic_int right_height;

static void* climb_left(void* unused) {
  for (int turn = 0; turn != turns; ++turn) {
    int other = atomic_load_explicit(&right_height, memory_order_relaxed);
    atomic_store_explicit(&left_height, other + 1, memory_order_relaxed);
  }
  return unused;
}

static void* climb_right(void* unused) {
  for (int turn = 0; turn != turns; ++turn) {
    int other = atomic_load_explicit(&left_height, memory_order_relaxed);
    atomic_store_explicit(&right_height, other + 1, memory_order_relaxed);
  }
  return unused;
}

int main(void) {
  pthread_t left;
  pthread_t right;
  pthread_create(&left, 0, climb_left, 0);
  pthread_create(&right, 0, climb_right, 0);
  pthread_join(left, 0);
  pthread_join(right, 0);
  assert(left_height <= highest && right_height <= highest);
  return 0;
}
