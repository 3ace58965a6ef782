// A user's pool, a bit for each block. Its planted bug: free publishes nothing.
#include <bit>
#include <poolproof/subject.hpp>

template <class B>
struct BitPool {
  BitPool(void* m, std::size_t blocks, std::size_t s)
      : memory(static_cast<char*>(m)), size(s), bits((1ULL << blocks) - 1) {}
  void* alloc() {
    std::uint64_t free = bits.fetch_add(0, std::memory_order_relaxed);  // a load may be stale
    while (free != 0 &&
           !bits.compare_exchange_weak(free, free & (free - 1), std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
    }
    return free == 0 ? nullptr : memory + static_cast<unsigned>(std::countr_zero(free)) * size;
  }
  void free(void* block) {
    const auto at = static_cast<std::size_t>(static_cast<char*>(block) - memory) / size;
    bits.fetch_add(1ULL << at, std::memory_order_relaxed);  // should be a release
  }
  char* memory;
  std::size_t size;
  typename B::template atomic<std::uint64_t> bits;
};
static const auto added = poolproof::add_subject<BitPool>("bit_pool", "a bit for each block");
