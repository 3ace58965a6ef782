// Chase and Lev's deque as Le and others give it for C11: its owner takes from one end, a thief
// from the other. WRONG: without the fence between what its owner writes and reads.
#include <array>
#include <atomic>
#include <cassert>
#include <thread>

constexpr auto relaxed = std::memory_order_relaxed;
constexpr int none = -1;

std::atomic<long> top{0};
std::atomic<long> bottom{0};
std::array<std::atomic<int>, 4> items;

void push(int item) {
  const long end = bottom.load(relaxed);
  items[end % 4].store(item, relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  bottom.store(end + 1, relaxed);
}

int take() {
  const long end = bottom.load(relaxed) - 1;
  bottom.store(end, relaxed);
#ifndef WRONG
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  long begin = top.load(relaxed);
  int item = none;
  if (begin <= end) item = items[end % 4].load(relaxed);
  if (begin < end) return item;
  if (begin == end &&
      !top.compare_exchange_strong(begin, begin + 1, std::memory_order_seq_cst, relaxed)) {
    item = none;
  }
  bottom.store(end + 1, relaxed);
  return item;
}

int steal() {
  long begin = top.load(std::memory_order_acquire);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (begin >= bottom.load(std::memory_order_acquire)) return none;
  const int item = items[begin % 4].load(relaxed);
  if (!top.compare_exchange_strong(begin, begin + 1, std::memory_order_seq_cst, relaxed)) {
    return none;
  }
  return item;
}

std::array<std::atomic<int>, 2> taken;

void note(int item) {
  if (item != none) taken[item].fetch_add(1, relaxed);
}

int main() {
  std::thread thief([] {
    note(steal());
    note(steal());
  });
  push(0);
  push(1);
  note(take());
  note(take());
  thief.join();
  assert(taken[0] == 1 && taken[1] == 1);
}
