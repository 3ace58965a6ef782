// Memory that the program allocates, and the functions of libc that read and write it.
//
// From the start of a process that checks the program until main, all that the program allocates
// lies in a heap of ours as well, so that each execution finds it as it was. What libc allocates
// for itself is never ours: it keeps it from one execution to the next.
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "entry.hpp"
#include "replaced_new.hpp"
#include "runtime.hpp"

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

using poolproof::replaced_new;

namespace {

constexpr std::size_t usual_align = alignof(std::max_align_t);

// Before main the program allocates in one thread. What our heap allocates for itself meanwhile is
// not the program's.
bool early_heap_works = false;
void* allocate_early(std::size_t size, std::size_t align) {
  early_heap_works = true;
  void* const memory = poolproof::Program::heap().allocate_early(size, align);
  early_heap_works = false;
  return memory;
}

// No object may have that many bytes, and libc gives them to nobody.
bool is_too_much(std::size_t size) noexcept {
  if (size <= PTRDIFF_MAX) return false;
  errno = ENOMEM;
  return true;
}

void* allocate(std::size_t size, std::size_t align, const void* code) {
  if (is_too_much(size)) return nullptr;
  if (poolproof::inside && !poolproof::is_libc(code)) {
    return poolproof::Inside()->allocate(size, align, code);
  }
  if (poolproof::is_early() && !early_heap_works && !poolproof::is_libc(code)) {
    return allocate_early(size, align);
  }
  return align <= usual_align ? __libc_malloc(size) : __libc_memalign(align, size);
}
// C++'s new: it throws where there is no memory.
void* allocate_new(std::size_t size, std::size_t align, const void* code) {
  void* const memory = allocate(size, align, code);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void release(void* memory, const void* code) {
  if (memory == nullptr) return;
  if (!poolproof::ProgramHeap::is_here(poolproof::address(memory))) {
    // Inline functions of the library's that the program has too are the program's everywhere, and
    // call its new: then this may be its memory, which only its delete knows. It is left.
    if (replaced_new.one != nullptr && !poolproof::inside && poolproof::is_checking()) return;
    return __libc_free(memory);
  }
  // What lies in our heap and is freed before main, or by code that is not the program's, is left.
  if (poolproof::inside) poolproof::Inside()->free(memory, code);
}
bool is_ours(const void* memory) {
  return poolproof::ProgramHeap::is_here(poolproof::address(memory));
}
std::size_t size_of(void* memory, const void* code) {
  if (!is_ours(memory)) return malloc_usable_size(memory);
  if (poolproof::inside) return poolproof::Inside()->size_of(memory, code);
  return poolproof::Program::heap().find(poolproof::address(memory))->size;
}
// What the program has put in the place of a function, where it is called on its behalf.
template <class Function>
Function* programs(Function* own, const void* code) noexcept {
  if (own == nullptr) return nullptr;
  const bool is_ours =
      !poolproof::inside && (poolproof::is_checking() || poolproof::is_own_code(code));
  return is_ours ? nullptr : own;
}
void* or_null(void* (*own)(std::size_t), std::size_t size) noexcept {
  try {
    return own(size);
  } catch (...) {
    return nullptr;
  }
}
bool is_power(std::size_t align) noexcept { return align != 0 && (align & (align - 1)) == 0; }

inline void access(const void* at, std::size_t size, poolproof::Use use, const void* code) {
  if (poolproof::inside && size != 0) {
    poolproof::Inside()->plain(poolproof::address(at), size, use, code);
  }
}

}  // namespace

POOLPROOF_ENTRY void* malloc(std::size_t size) {
  return allocate(size, usual_align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void free(void* memory) { release(memory, POOLPROOF_CODE); }
POOLPROOF_ENTRY void* calloc(std::size_t count, std::size_t each) {
  std::size_t size = 0;
  if (__builtin_mul_overflow(count, each, &size)) {
    errno = ENOMEM;
    return nullptr;
  }
  if (!poolproof::inside && !poolproof::is_early()) return __libc_calloc(count, each);
  void* const memory = allocate(size, usual_align, POOLPROOF_CODE);
  if (memory != nullptr) __builtin_memset(memory, 0, size);
  return memory;
}
POOLPROOF_ENTRY void* realloc(void* memory, std::size_t size) {
  if (memory == nullptr) return allocate(size, usual_align, POOLPROOF_CODE);
  if (!is_ours(memory) && !poolproof::inside) return __libc_realloc(memory, size);
  const std::size_t old = size_of(memory, POOLPROOF_CODE);
  void* const moved = allocate(size, usual_align, POOLPROOF_CODE);
  if (moved == nullptr) return nullptr;
  __builtin_memcpy(moved, memory, std::min(old, size));
  release(memory, POOLPROOF_CODE);
  return moved;
}
POOLPROOF_ENTRY void* memalign(std::size_t align, std::size_t size) {
  return allocate(size, align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void* aligned_alloc(std::size_t align, std::size_t size) {
  if (!is_power(align)) {
    if (!poolproof::inside) return nullptr;
    poolproof::Program::current->fail("misuse", "an alignment is no power of two", POOLPROOF_CODE);
  }
  return allocate(size, align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY int posix_memalign(void** to, std::size_t align, std::size_t size) {
  if (!is_power(align) || align % sizeof(void*) != 0) return EINVAL;
  void* const memory = allocate(size, align, POOLPROOF_CODE);
  if (memory == nullptr) return ENOMEM;
  *to = memory;
  return 0;
}

// The forms of new and delete that the program has not replaced; on whose behalf they are called
// says which of those that it has they come down to.
POOLPROOF_ENTRY __attribute__((used)) void* _Znwm(std::size_t size) {
  return allocate_new(size, usual_align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY __attribute__((used)) void* _Znam(std::size_t size) {
  if (auto* const own = programs(replaced_new.one, POOLPROOF_CODE)) return own(size);
  return allocate_new(size, usual_align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void* _ZnwmSt11align_val_t(std::size_t size, std::size_t align) {
  return allocate_new(size, align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void* _ZnamSt11align_val_t(std::size_t size, std::size_t align) {
  if (auto* const own = programs(replaced_new.aligned, POOLPROOF_CODE)) return own(size, align);
  return allocate_new(size, align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void* _ZnwmRKSt9nothrow_t(std::size_t size, const std::nothrow_t&) {
  if (auto* const own = programs(replaced_new.one, POOLPROOF_CODE)) return or_null(own, size);
  return allocate(size, usual_align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void* _ZnamRKSt9nothrow_t(std::size_t size, const std::nothrow_t&) {
  if (auto* const own = programs(replaced_new.many, POOLPROOF_CODE)) return or_null(own, size);
  if (auto* const own = programs(replaced_new.one, POOLPROOF_CODE)) return or_null(own, size);
  return allocate(size, usual_align, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdlPv(void* memory) { release(memory, POOLPROOF_CODE); }
POOLPROOF_ENTRY void _ZdaPv(void* memory) {
  if (auto* const own = programs(replaced_new.free_one, POOLPROOF_CODE)) return own(memory);
  release(memory, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdlPvm(void* memory, std::size_t) {
  if (auto* const own = programs(replaced_new.free_one, POOLPROOF_CODE)) return own(memory);
  release(memory, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdaPvm(void* memory, std::size_t) {
  if (auto* const own = programs(replaced_new.free_many, POOLPROOF_CODE)) return own(memory);
  if (auto* const own = programs(replaced_new.free_one, POOLPROOF_CODE)) return own(memory);
  release(memory, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdlPvSt11align_val_t(void* memory, std::size_t) {
  release(memory, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdlPvmSt11align_val_t(void* memory, std::size_t, std::size_t align) {
  if (auto* const own = programs(replaced_new.free_aligned, POOLPROOF_CODE))
    return own(memory, align);
  release(memory, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdaPvSt11align_val_t(void* memory, std::size_t align) {
  if (auto* const own = programs(replaced_new.free_aligned, POOLPROOF_CODE))
    return own(memory, align);
  release(memory, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void _ZdaPvmSt11align_val_t(void* memory, std::size_t, std::size_t align) {
  if (auto* const own = programs(replaced_new.free_aligned_many, POOLPROOF_CODE))
    return own(memory, align);
  if (auto* const own = programs(replaced_new.free_aligned, POOLPROOF_CODE))
    return own(memory, align);
  release(memory, POOLPROOF_CODE);
}

// Compilers do not see into these.
POOLPROOF_ENTRY void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  access(from, size, poolproof::Use::read, POOLPROOF_CODE);
  access(to, size, poolproof::Use::write, POOLPROOF_CODE);
  void* const result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}
POOLPROOF_ENTRY void* memset(void* to, int value, std::size_t size) {
  access(to, size, poolproof::Use::write, POOLPROOF_CODE);
  void* const result = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return result;
}
POOLPROOF_ENTRY void* memmove(void* to, const void* from, std::size_t size) {
  access(from, size, poolproof::Use::read, POOLPROOF_CODE);
  access(to, size, poolproof::Use::write, POOLPROOF_CODE);
  static auto* const real =
      poolproof::system_function<void*(void*, const void*, std::size_t)>("memmove");
  return real(to, from, size);
}
POOLPROOF_ENTRY int memcmp(const void* one, const void* other, std::size_t size) {
  access(one, size, poolproof::Use::read, POOLPROOF_CODE);
  access(other, size, poolproof::Use::read, POOLPROOF_CODE);
  const auto* a = static_cast<const unsigned char*>(one);
  const auto* b = static_cast<const unsigned char*>(other);
  for (std::size_t i = 0; i != size; ++i) {
    if (a[i] != b[i]) return a[i] - b[i];
  }
  return 0;
}
POOLPROOF_ENTRY std::size_t strlen(const char* text) {
  std::size_t size = 0;
  while (text[size] != 0) ++size;
  access(text, size + 1, poolproof::Use::read, POOLPROOF_CODE);
  return size;
}
