// A word that is an atomic as a whole before there are threads and when they are done, and whose
// halves are atomics meanwhile. WRONG: a half is plain memory to one of them.
#include <atomic>
#include <cassert>
#include <cstdint>
#include <thread>

union {
  std::uint64_t all;
  std::uint32_t half[2];
} word;

int main() {
  std::atomic_ref(word.all).store(0x1'0000'0002);
  std::thread low([] { std::atomic_ref(word.half[0]).fetch_add(1); });
  std::thread high([] {
#ifdef WRONG
    ++word.half[0];
#else
    std::atomic_ref(word.half[1]).fetch_add(1);
#endif
  });
  low.join();
  high.join();
  assert(std::atomic_ref(word.all).load() == 0x2'0000'0003);
}
