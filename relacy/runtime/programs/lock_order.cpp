// Two mutexes that two threads lock in one order. WRONG: in two.
#include <mutex>
#include <thread>

std::mutex first;
std::mutex second;

int main() {
  std::thread one([] {
    const std::lock_guard a(first);
    const std::lock_guard b(second);
  });
  std::thread other([] {
#ifdef WRONG
    const std::lock_guard b(second);
    const std::lock_guard a(first);
#else
    const std::lock_guard a(first);
    const std::lock_guard b(second);
#endif
  });
  one.join();
  other.join();
}
