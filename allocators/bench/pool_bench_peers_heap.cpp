// Peers: general heaps, asked for 64 bytes. They are called by address, so that the compiler cannot
// drop a malloc with its free.
#include <dlfcn.h>

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

// RTLD_LOCAL keeps its names out of the program's; RTLD_DEEPBIND makes the library find its own
// malloc before the program's.
Heap load(const char* library, const char* alloc, const char* free) {
  void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (handle == nullptr) return {.why_not = dlerror()};
  Heap loaded;
  loaded.alloc = reinterpret_cast<void* (*)(std::size_t)>(dlsym(handle, alloc));
  loaded.free = reinterpret_cast<void (*)(void*)>(dlsym(handle, free));
  if (loaded.alloc == nullptr || loaded.free == nullptr) loaded.why_not = "not its functions";
  return loaded;
}

template <Heaps which>
void add_heap(Contenders& c, const char* name) {
  if (!heap<which>.why_not.empty()) return leave_out(c, name, heap<which>.why_not);
  add_peer<Plain<HeapPool<which>>>(c, name, Kind::shared);
}

}  // namespace

void load_heaps() {
  heap<Heaps::libc> = {std::malloc, std::free};
  heap<Heaps::mimalloc> = load("libmimalloc.so.2", "mi_malloc", "mi_free");
  heap<Heaps::jemalloc> = load("libjemalloc.so.2", "malloc", "free");
  heap<Heaps::tcmalloc> = load("libtcmalloc_minimal.so.4", "tc_malloc", "tc_free");
}

void add_heap_peers(Contenders& c) {
  add_heap<Heaps::libc>(c, "malloc");
  add_heap<Heaps::mimalloc>(c, "mimalloc");
  add_heap<Heaps::jemalloc>(c, "jemalloc");
  add_heap<Heaps::tcmalloc>(c, "tcmalloc");
}

}  // namespace poolproof::bench
