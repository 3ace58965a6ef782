// A thread that works until it is told to stop: it changes something in each round, and the thread
// that tells it so may need several tries for that. WRONG: its work is looked at before it has
// stopped.
#include <atomic>
#include <cassert>
#include <stop_token>
#include <thread>

std::atomic<int> rounds{0};
int done = 0;

int main() {
  std::jthread worker([](std::stop_token token) {
    while (!token.stop_requested()) {
      rounds.fetch_add(1);
      std::this_thread::yield();
    }
    done = 1;
  });
  worker.request_stop();
#ifdef WRONG
  assert(done < 2);
#endif
  worker.join();
  assert(done == 1);
}
