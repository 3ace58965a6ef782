// A message, published by a flag. WRONG: the flag publishes nothing.
#include <atomic>
#include <cassert>
#include <thread>

#ifdef WRONG
constexpr auto published = std::memory_order_relaxed;
#else
constexpr auto published = std::memory_order_release;
#endif

int message = 0;
std::atomic<bool> ready{false};

int main() {
  std::thread writer([] {
    message = 42;
    ready.store(true, published);
  });
  std::thread reader([] {
    if (ready.load(std::memory_order_acquire)) assert(message == 42);
  });
  writer.join();
  reader.join();
}
