// A Treiber stack of three nodes, links by index, with a tag in the head. WRONG: no tag, so a pop
// takes a head that has gone and come back.
#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <thread>

#ifdef WRONG
constexpr std::uint64_t one_tag = 0;
#else
constexpr std::uint64_t one_tag = 1ULL << 32;
#endif
constexpr std::uint64_t index_bits = 0xffffffff;

struct Stack {
  std::atomic<std::uint64_t> head{0};  // index + 1; 0: empty
  std::array<std::atomic<std::uint64_t>, 3> next{};

  void push(std::uint64_t node) {
    std::uint64_t old = head.load(std::memory_order_relaxed);
    do {
      next[node].store(old & index_bits, std::memory_order_relaxed);
    } while (!head.compare_exchange_weak(old, ((old & ~index_bits) + one_tag) | (node + 1),
                                         std::memory_order_release, std::memory_order_relaxed));
  }
  // 3: it is empty.
  std::uint64_t pop() {
    std::uint64_t old = head.load(std::memory_order_acquire);
    while ((old & index_bits) != 0) {
      const std::uint64_t rest = next[(old & index_bits) - 1].load(std::memory_order_relaxed);
      if (head.compare_exchange_weak(old, ((old & ~index_bits) + one_tag) | rest,
                                     std::memory_order_acquire, std::memory_order_acquire)) {
        return (old & index_bits) - 1;
      }
    }
    return 3;
  }
};

Stack stack;
std::array<std::atomic<int>, 3> owners{};

void take_and_put() {
  for (int round = 0; round != 2; ++round) {
    const std::uint64_t one = stack.pop();
    const std::uint64_t other = stack.pop();
    for (const std::uint64_t node : {one, other}) {
      if (node != 3) assert(owners[node].exchange(1) == 0);
    }
    for (const std::uint64_t node : {one, other}) {
      if (node == 3) continue;
      owners[node] = 0;
      stack.push(node);
    }
  }
}

int main() {
  for (std::uint64_t node = 0; node != 3; ++node) stack.push(node);
  std::thread one(take_and_put);
  std::thread other(take_and_put);
  one.join();
  other.join();
}
