// A counter that a mutex protects. WRONG: one thread forgets the mutex.
#include <cassert>
#include <mutex>
#include <thread>

struct Counter {
  std::mutex mutex;
  int count = 0;
};

int main() {
  Counter counter;
  std::thread one([&] {
    const std::lock_guard lock(counter.mutex);
    ++counter.count;
  });
  std::thread other([&] {
#ifndef WRONG
    const std::lock_guard lock(counter.mutex);
#endif
    ++counter.count;
  });
  one.join();
  other.join();
  assert(counter.count == 2);
}
