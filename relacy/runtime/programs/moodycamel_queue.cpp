// moodycamel's ConcurrentQueue as it is, and with TOKENS by its producers' and consumers' tokens:
// each value comes out once, with what its giver wrote.
#include <concurrentqueue/concurrentqueue.h>

#include <atomic>
#include <cassert>
#include <thread>

namespace {

using Queue = moodycamel::ConcurrentQueue<int*>;

void give(Queue& queue, int* value) {
  *value = 1;
#ifdef TOKENS
  moodycamel::ProducerToken token(queue);
  queue.enqueue(token, value);
#else
  queue.enqueue(value);
#endif
}

int take(Queue& queue) {
  int* value = nullptr;
#ifdef TOKENS
  moodycamel::ConsumerToken token(queue);
  if (!queue.try_dequeue(token, value)) return 0;
#else
  if (!queue.try_dequeue(value)) return 0;
#endif
  return ++*value - 1;
}

}  // namespace

int main() {
  Queue queue(2);
  int values[2] = {};
  std::atomic<int> taken = 0;
  std::thread other([&] {
    give(queue, &values[1]);
    taken += take(queue);
  });
  give(queue, &values[0]);
  taken += take(queue);
  other.join();
  taken += take(queue);
  taken += take(queue);
  assert(taken == 2 && values[0] == 2 && values[1] == 2);
}
