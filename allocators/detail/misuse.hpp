// How a hardened pool says that it was misused: one line and the end of the program, or whatever
// the user's handler does.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace poolproof {

enum class Misuse : std::uint8_t {
  null_free,         // free_block(nullptr)
  foreign_free,      // no memory of this pool
  interior_free,     // within a block, or a block whose end was overwritten far
  double_free,       // a block that is free already
  overflow,          // it was written past the end of the block
  use_after_free,    // it was written into the block while it was free
  handed_out_twice,  // the pool's own books are damaged: it gave a block that is in use
  misaligned_chunk,  // the base gave memory that is not aligned as asked
  overlapping_chunk  // the base gave memory that the pool has already
};

constexpr const char* text_of(Misuse what) noexcept {
  switch (what) {
    case Misuse::null_free:
      return "nullptr is freed";
    case Misuse::foreign_free:
      return "what is freed lies outside of the pool";
    case Misuse::interior_free:
      return "what is freed is no block: it lies within one, or the block's end was overwritten "
             "far";
    case Misuse::double_free:
      return "a block is freed that is free already";
    case Misuse::overflow:
      return "a block was written past its end";
    case Misuse::use_after_free:
      return "a block was written to after it was freed";
    case Misuse::handed_out_twice:
      return "a block that is in use was handed out again";
    case Misuse::misaligned_chunk:
      return "the base gave memory that is not aligned as asked";
    case Misuse::overlapping_chunk:
      return "the base gave memory that the pool has already";
  }
  return "misuse";
}

struct MisuseReport {
  Misuse what;
  const char* pool;      // its name
  const void* address;   // the block, or what was given for one
  const void* freed_at;  // the return address of the last free of that block; null: not known
};

// Called by any thread that misuses a hardened pool, maybe by several at once. Where it returns,
// the call that it was called from does nothing: a free leaves the pool as it is, an alloc is
// nullptr.
using MisuseHandler = void (*)(const MisuseReport&);

inline void end_of_misuse(const MisuseReport& report) noexcept {
  std::fprintf(stderr, "poolproof: %s: %s: %p", report.pool, text_of(report.what), report.address);
  if (report.freed_at != nullptr) std::fprintf(stderr, ", freed last at %p", report.freed_at);
  std::fputc('\n', stderr);
  std::abort();
}

// Of the whole process. (1) set and (2) get are relaxed: a handler is a function, and all that it
// needs is there from the start of the program.
inline std::atomic<MisuseHandler> misuse_handler{&end_of_misuse};
inline void set_misuse_handler(MisuseHandler handler) noexcept {
  misuse_handler.store(handler != nullptr ? handler : &end_of_misuse,
                       std::memory_order_relaxed);  // (1)
}
[[gnu::cold, gnu::noinline]] inline void report_misuse(const MisuseReport& report) {
  misuse_handler.load(std::memory_order_relaxed)(report);  // (2)
}

}  // namespace poolproof
