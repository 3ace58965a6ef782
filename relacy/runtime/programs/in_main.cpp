// An atomic in the frame of main, which calls a function that does nothing to it. WRONG: the load
// orders nothing.
#include <atomic>
#include <cassert>
#include <thread>

#ifdef WRONG
constexpr auto order = std::memory_order_relaxed;
#else
constexpr auto order = std::memory_order_acquire;
#endif

int data = 0;

__attribute__((noinline)) void count(volatile int* tries) { *tries = *tries + 1; }

int main() {
  std::atomic<bool> ready{false};
  volatile int tries = 0;
  std::thread writer([&] {
    data = 1;
    ready.store(true, std::memory_order_release);
  });
  while (!ready.load(order)) count(&tries);
  assert(data == 1);
  writer.join();
}
