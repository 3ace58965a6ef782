// An operation that no execution comes to, and a load that nothing is concurrent with.
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> count{0};
std::atomic<int> other{0};

int main(int argc, char**) {
  if (argc > 5) count.store(1, std::memory_order_release);
  std::thread adds([] { count.fetch_add(1, std::memory_order_relaxed); });
  count.fetch_add(1, std::memory_order_relaxed);
  adds.join();
  assert(count.load() + other.load() == 2);
}
