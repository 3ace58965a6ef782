// Two threads that each write one variable and read the other: with fences of all orders one of
// them sees the other. WRONG: with weaker ones both may see nothing.
#include <atomic>
#include <cassert>
#include <thread>

#ifdef WRONG
constexpr auto order = std::memory_order_acq_rel;
#else
constexpr auto order = std::memory_order_seq_cst;
#endif

std::atomic<int> one{0};
std::atomic<int> other{0};
int seen_by_first = 0;
int seen_by_second = 0;

int main() {
  std::thread first([] {
    one.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(order);
    seen_by_first = other.load(std::memory_order_relaxed);
  });
  std::thread second([] {
    other.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(order);
    seen_by_second = one.load(std::memory_order_relaxed);
  });
  first.join();
  second.join();
  assert(seen_by_first + seen_by_second != 0);
}
