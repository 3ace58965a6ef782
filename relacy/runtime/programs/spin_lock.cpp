// A spin lock without a hint that it spins. WRONG: it is opened without a release.
#include <atomic>
#include <cassert>
#include <thread>

std::atomic_flag taken = ATOMIC_FLAG_INIT;
int count = 0;

void add() {
  while (taken.test_and_set(std::memory_order_acquire)) {
  }
  ++count;
#ifdef WRONG
  taken.clear(std::memory_order_relaxed);
#else
  taken.clear(std::memory_order_release);
#endif
}

int main() {
  std::thread one(add);
  std::thread other(add);
  one.join();
  other.join();
  assert(count == 2);
}
