// General heaps that would replace the malloc of the whole program if they were linked: they are
// loaded while it runs, for themselves alone. jemalloc then needs room in the static thread-local
// storage: GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384, as ci/bench has.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>

namespace poolproof::bench {

struct Heap {
  void* (*alloc)(std::size_t) = nullptr;
  void (*free)(void*) = nullptr;
  std::string why_not = {};
};

enum class Heaps { libc, mimalloc, jemalloc, tcmalloc };

// One for each, so that a contender is a type; loaded by load_heaps.
template <Heaps which>
inline Heap heap;

void load_heaps();

// Another function of a library that load_heaps has loaded; nullptr without it.
void* heap_function(const char* library, const char* name);

}  // namespace poolproof::bench
