// A lock-free list of two blocks, with a nonce: two threads take one each and put it back.
#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <thread>

constexpr std::uint32_t none = 0;

std::atomic<std::uint64_t> head{0};  // a nonce, and the number of the first block
std::array<std::atomic<std::uint32_t>, 3> next{};
std::array<int, 3> owner{};

std::uint64_t word(std::uint64_t old, std::uint32_t block) {
  return ((old >> 32) + 1) << 32 | block;
}

void put(std::uint32_t block) {
  std::uint64_t old = head.load(std::memory_order_relaxed);
  do {
    next[block].store(static_cast<std::uint32_t>(old), std::memory_order_relaxed);
  } while (!head.compare_exchange_weak(old, word(old, block), std::memory_order_release,
                                       std::memory_order_relaxed));
}
std::uint32_t take() {
  std::uint64_t old = head.load(std::memory_order_acquire);
  for (;;) {
    const auto block = static_cast<std::uint32_t>(old);
    if (block == none) return none;
    const std::uint32_t rest = next[block].load(std::memory_order_relaxed);
    if (head.compare_exchange_weak(old, word(old, rest), std::memory_order_acquire)) return block;
  }
}

void take_and_put(int name) {
  const std::uint32_t block = take();
  if (block == none) return;
  owner[block] = name;
  put(block);
}

int main() {
  put(1);
  put(2);
  std::thread one(take_and_put, 1);
  std::thread other(take_and_put, 2);
  one.join();
  other.join();
}
