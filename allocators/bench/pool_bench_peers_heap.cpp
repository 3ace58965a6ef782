// Peers: general heaps, asked for 64 bytes. They are called by address, so that the compiler cannot
// drop a malloc with its free.
#include <cstdlib>

#include "pool_bench_heaps.hpp"
#include "pool_bench_peers.hpp"

namespace poolproof::bench {
namespace {

template <Heaps which>
class HeapPool {
 public:
  HeapPool(std::size_t, unsigned) : alloc_(heap<which>.alloc), free_(heap<which>.free) {}
  void* alloc() noexcept { return alloc_(block_size); }
  void free(void* block) noexcept { free_(block); }

 private:
  void* (*alloc_)(std::size_t);
  void (*free_)(void*);
};

template <Heaps which>
void add_heap(Contenders& c, const char* name) {
  if (!heap<which>.why_not.empty()) return leave_out(c, name, heap<which>.why_not);
  add_peer<Plain<HeapPool<which>>>(c, name, Kind::shared);
}

}  // namespace

void add_heap_peers(Contenders& c) {
  add_heap<Heaps::libc>(c, "malloc");
  add_heap<Heaps::mimalloc>(c, "mimalloc");
  add_heap<Heaps::jemalloc>(c, "jemalloc");
  add_heap<Heaps::tcmalloc>(c, "tcmalloc");
}

}  // namespace poolproof::bench
