// Two words that change at once, by a CAS of 16 bytes. WRONG: the second word is not compared.
#include <cassert>
#include <cstdint>
#include <thread>

__extension__ using Wide = unsigned __int128;

alignas(16) Wide both = 0;

void count() {
  Wide old = __atomic_load_n(&both, __ATOMIC_RELAXED);
  for (;;) {
    const Wide next = old + 1 + (Wide{1} << 64);
#ifdef WRONG
    __atomic_store_n(&both, next, __ATOMIC_RELAXED);
    return;
#else
    if (__atomic_compare_exchange_n(&both, &old, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      return;
    }
#endif
  }
}

int main() {
  std::thread one(count);
  std::thread other(count);
  one.join();
  other.join();
  const Wide end = __atomic_load_n(&both, __ATOMIC_RELAXED);
  assert(static_cast<std::uint64_t>(end) == 2 && static_cast<std::uint64_t>(end >> 64) == 2);
}
