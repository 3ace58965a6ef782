// Marks on memory: they tell AddressSanitizer and Valgrind which blocks of a pool are free, so that
// these report a use after free as they do for the heap. For Marked, and for pools that keep what
// is theirs anywhere in free memory.
//   AddressSanitizer  whenever it is on
//   Valgrind          with POOLPROOF_VALGRIND defined, alike in all of a program; needs
//                     <valgrind/memcheck.h>. Costs some instructions outside of Valgrind.
// Without either, every function here is empty.
#pragma once

#include <cstddef>

#include "../sizes.hpp"
#include "check.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define POOLPROOF_MARKS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOLPROOF_MARKS_ASAN 1
#endif
#endif
#ifdef POOLPROOF_MARKS_ASAN
#include <sanitizer/asan_interface.h>
#endif
#ifdef POOLPROOF_VALGRIND
#include <valgrind/memcheck.h>
#endif

namespace poolproof::marks {

#if defined(POOLPROOF_MARKS_ASAN) || defined(POOLPROOF_VALGRIND)
inline constexpr bool enabled = true;
#else
inline constexpr bool enabled = false;
#endif

// The bytes of memory that AddressSanitizer can mark without a look at what lies beside them: it
// keeps one mark for 8 bytes, and where two blocks share one, two threads would race for it.
struct Granules {
  Granules(const void* memory, std::size_t size, std::size_t skip = 0) noexcept {
    constexpr std::size_t granule = 8;
    skip += bytes_to_alignment(static_cast<const std::byte*>(memory) + skip, granule);
    if (skip >= size) return;
    begin = static_cast<const std::byte*>(memory) + skip;
    bytes = (size - skip) & ~(granule - 1);
  }
  const std::byte* begin = nullptr;
  std::size_t bytes = 0;
};

// pool, in all of these: an address that stands for the pool. A pool begins, and has ended: what
// was marked in it must then be given up.
inline void begin([[maybe_unused]] const void* pool) noexcept {
#ifdef POOLPROOF_VALGRIND
  VALGRIND_CREATE_MEMPOOL(pool, 0, 0);
#endif
}
inline void end([[maybe_unused]] const void* pool) noexcept {
#ifdef POOLPROOF_VALGRIND
  VALGRIND_DESTROY_MEMPOOL(pool);
#endif
}

// The pool has handed out a block of size bytes. Only the caller may know of it yet.
inline void hand_out([[maybe_unused]] const void* pool, [[maybe_unused]] const void* block,
                     [[maybe_unused]] std::size_t size) noexcept {
#ifdef POOLPROOF_MARKS_ASAN
  const Granules inner(block, size);
  __asan_unpoison_memory_region(inner.begin, inner.bytes);
#endif
#ifdef POOLPROOF_VALGRIND
  VALGRIND_MEMPOOL_ALLOC(pool, block, size);
#endif
}

// The pool is about to get the block back, and will itself use its first kept bytes. Stops the
// program when AddressSanitizer knows the block to be free; Valgrind reports that by itself.
inline void give_back([[maybe_unused]] const void* pool, [[maybe_unused]] const void* block,
                      [[maybe_unused]] std::size_t size,
                      [[maybe_unused]] std::size_t kept) noexcept {
#ifdef POOLPROOF_MARKS_ASAN
  const Granules inner(block, size, kept);
  if (inner.bytes != 0) {
    check(__asan_address_is_poisoned(inner.begin) == 0, "free_block: the block is free already");
    __asan_poison_memory_region(inner.begin, inner.bytes);
  }
#endif
#ifdef POOLPROOF_VALGRIND
  VALGRIND_MEMPOOL_FREE(pool, block);
  VALGRIND_MAKE_MEM_UNDEFINED(block, kept < size ? kept : size);
#endif
}

// The same two for a piece of a pool that hands out any size: of room bytes, of which only the
// first size were asked for. Pieces start and end at multiples of 8, so no two share a mark.
inline void hand_out_piece([[maybe_unused]] const void* pool, [[maybe_unused]] const void* piece,
                           [[maybe_unused]] std::size_t size,
                           [[maybe_unused]] std::size_t room) noexcept {
#ifdef POOLPROOF_MARKS_ASAN
  __asan_poison_memory_region(piece, room);
  __asan_unpoison_memory_region(piece, size);
#endif
#ifdef POOLPROOF_VALGRIND
  VALGRIND_MAKE_MEM_NOACCESS(static_cast<const std::byte*>(piece) + size, room - size);
  VALGRIND_MEMPOOL_ALLOC(pool, piece, size);
#endif
}
inline void give_back_piece([[maybe_unused]] const void* pool, [[maybe_unused]] const void* piece,
                            [[maybe_unused]] std::size_t room,
                            [[maybe_unused]] std::size_t kept) noexcept {
#ifdef POOLPROOF_MARKS_ASAN
  __asan_poison_memory_region(piece, room);
  __asan_unpoison_memory_region(piece, kept);
#endif
#ifdef POOLPROOF_VALGRIND
  VALGRIND_MEMPOOL_FREE(pool, piece);
  VALGRIND_MAKE_MEM_UNDEFINED(piece, kept);
#endif
}

// The pool will itself use these bytes, which were in a free piece.
inline void open([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t size) noexcept {
#ifdef POOLPROOF_MARKS_ASAN
  __asan_unpoison_memory_region(memory, size);
#endif
#ifdef POOLPROOF_VALGRIND
  VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
#endif
}

// The memory is no pool's any more: its owner may use all of it, and finds nothing in it.
inline void give_up([[maybe_unused]] const void* memory,
                    [[maybe_unused]] std::size_t size) noexcept {
#ifdef POOLPROOF_MARKS_ASAN
  const Granules inner(memory, size);
  __asan_unpoison_memory_region(inner.begin, inner.bytes);
#endif
#ifdef POOLPROOF_VALGRIND
  VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
#endif
}

}  // namespace poolproof::marks
