// What C++20 has to wait: a latch, a semaphore, atomics that wait, threads that join by themselves.
// WRONG: nobody is notified.
#include <atomic>
#include <cassert>
#include <latch>
#include <semaphore>
#include <thread>

int main() {
  std::latch begun(2);
  std::counting_semaphore<2> items(0);
  std::atomic<int> state{0};
  int message = 0;
  std::jthread giver([&] {
    message = 1;
    begun.arrive_and_wait();
    items.release();
    state = 1;
#ifndef WRONG
    state.notify_one();
#endif
  });
  begun.arrive_and_wait();
  items.acquire();
  state.wait(0);
  assert(message == 1);
}
