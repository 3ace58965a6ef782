// A block that one thread reads. WRONG: main() frees it without waiting for that.
#include <atomic>
#include <memory>
#include <thread>

int main() {
  auto block = std::make_unique<std::atomic<int>>(1);
  std::thread reader([at = block.get()] { at->load(std::memory_order_relaxed); });
#ifdef WRONG
  block.reset();
  reader.join();
#else
  reader.join();
  block.reset();
#endif
}
