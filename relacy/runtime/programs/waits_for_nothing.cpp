// A thread that waits for a flag in a loop. WRONG: nobody sets it.
#include <atomic>
#include <thread>

std::atomic<bool> flag{false};

int main() {
  std::thread waiter([] {
    while (!flag.load(std::memory_order_acquire)) {
    }
  });
#ifndef WRONG
  flag.store(true, std::memory_order_release);
#endif
  waiter.join();
}
