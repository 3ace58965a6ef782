// Loads the heaps of pool_bench_heaps.hpp.
#include "pool_bench_heaps.hpp"

#include <dlfcn.h>

namespace poolproof::bench {
namespace {

// RTLD_LOCAL keeps its names out of the program's; RTLD_DEEPBIND makes the library find its own
// malloc before the program's.
void* open(const char* library) { return dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND); }

Heap load(const char* library, const char* alloc, const char* free) {
  void* handle = open(library);
  if (handle == nullptr) return {.why_not = dlerror()};
  Heap loaded;
  loaded.alloc = reinterpret_cast<void* (*)(std::size_t)>(dlsym(handle, alloc));
  loaded.free = reinterpret_cast<void (*)(void*)>(dlsym(handle, free));
  if (loaded.alloc == nullptr || loaded.free == nullptr) loaded.why_not = "not its functions";
  return loaded;
}

}  // namespace

void load_heaps() {
  heap<Heaps::libc> = {std::malloc, std::free};
  heap<Heaps::mimalloc> = load("libmimalloc.so.2", "mi_malloc", "mi_free");
  heap<Heaps::jemalloc> = load("libjemalloc.so.2", "malloc", "free");
  heap<Heaps::tcmalloc> = load("libtcmalloc_minimal.so.4", "tc_malloc", "tc_free");
}

void* heap_function(const char* library, const char* name) {
  void* handle = open(library);
  return handle == nullptr ? nullptr : dlsym(handle, name);
}

}  // namespace poolproof::bench
