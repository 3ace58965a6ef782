// What the compiler calls for plain memory (-fsanitize=thread).
#include <cstddef>

#include "entry.hpp"

namespace {

using poolproof::Use;

inline void access(const volatile void* at, std::size_t size, Use use, const void* code) {
  if (poolproof::inside) poolproof::Inside()->plain(poolproof::address(at), size, use, code);
}

}  // namespace

#define POOLPROOF_PLAIN(size)                                            \
  POOLPROOF_ENTRY void __tsan_read##size(void* at) {                     \
    access(at, size, Use::read, POOLPROOF_CODE);                         \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_write##size(void* at) {                    \
    access(at, size, Use::write, POOLPROOF_CODE);                        \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_unaligned_read##size(void* at) {           \
    access(at, size, Use::read, POOLPROOF_CODE);                         \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_unaligned_write##size(void* at) {          \
    access(at, size, Use::write, POOLPROOF_CODE);                        \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_volatile_read##size(void* at) {            \
    access(at, size, Use::read, POOLPROOF_CODE);                         \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_volatile_write##size(void* at) {           \
    access(at, size, Use::write, POOLPROOF_CODE);                        \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_unaligned_volatile_read##size(void* at) {  \
    access(at, size, Use::read, POOLPROOF_CODE);                         \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_unaligned_volatile_write##size(void* at) { \
    access(at, size, Use::write, POOLPROOF_CODE);                        \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_read_write##size(void* at) {               \
    access(at, size, Use::read, POOLPROOF_CODE);                         \
    access(at, size, Use::write, POOLPROOF_CODE);                        \
  }                                                                      \
  POOLPROOF_ENTRY void __tsan_unaligned_read_write##size(void* at) {     \
    access(at, size, Use::read, POOLPROOF_CODE);                         \
    access(at, size, Use::write, POOLPROOF_CODE);                        \
  }

POOLPROOF_PLAIN(1)
POOLPROOF_PLAIN(2)
POOLPROOF_PLAIN(4)
POOLPROOF_PLAIN(8)
POOLPROOF_PLAIN(16)

POOLPROOF_ENTRY void __tsan_read_range(void* at, std::size_t size) {
  access(at, size, Use::read, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void __tsan_write_range(void* at, std::size_t size) {
  access(at, size, Use::write, POOLPROOF_CODE);
}
// The pointer to an object's functions: a constructor writes it again without a change.
POOLPROOF_ENTRY void __tsan_vptr_update(void** at, void* value) {
  if (*at != value) access(at, sizeof *at, Use::write, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void __tsan_vptr_read(void** at) {
  access(at, sizeof *at, Use::read, POOLPROOF_CODE);
}

POOLPROOF_ENTRY void __tsan_init() {}
POOLPROOF_ENTRY void __tsan_func_entry(void* code) {
  if (poolproof::inside) poolproof::Inside()->frame_begins(code);
}
// The frame of the function that returns ends where its saved frame pointer and return address do.
POOLPROOF_ENTRY __attribute__((optimize("no-omit-frame-pointer"))) void __tsan_func_exit() {
  if (!poolproof::inside) return;
  const auto caller = *static_cast<const std::uintptr_t*>(__builtin_frame_address(0));
  poolproof::Inside()->frame_ends(caller + 2 * sizeof(void*), POOLPROOF_CODE);
}
POOLPROOF_ENTRY void __tsan_ignore_thread_begin() {}
POOLPROOF_ENTRY void __tsan_ignore_thread_end() {}
POOLPROOF_ENTRY void __tsan_acquire(void*) {}
POOLPROOF_ENTRY void __tsan_release(void*) {}
// For code that tells ThreadSanitizer what it cannot see.
POOLPROOF_ENTRY void AnnotateHappensBefore(const char*, int, void*) {}
POOLPROOF_ENTRY void AnnotateHappensAfter(const char*, int, void*) {}
