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

// The place in the source at which a block was freed.
struct FreePlace {
  const char* file = nullptr;  // null: not known
  int line = 0;

  // In one word: addresses of programs have at most 48 bits, and few files more lines than 65,535.
  std::uint64_t packed() const noexcept {
    return reinterpret_cast<std::uintptr_t>(file) | static_cast<std::uint64_t>(line) << 48;
  }
  static FreePlace unpacked(std::uint64_t word) noexcept {
    return {reinterpret_cast<const char*>(word & ((std::uint64_t{1} << 48) - 1)),
            static_cast<int>(word >> 48)};
  }
};

struct MisuseReport {
  Misuse what;
  const char* pool;      // its name
  const void* address;   // the block, or what was given for one
  FreePlace freed_at{};  // the last free of that block
};

// Called by any thread that misuses a hardened pool, maybe by several at once. Where it returns,
// the call that it was called from does nothing: a free leaves the pool as it is, an alloc is
// nullptr.
using MisuseHandler = void (*)(const MisuseReport&);

inline void end_of_misuse(const MisuseReport& report) noexcept {
  std::fprintf(stderr, "poolproof: %s: %s: %p", report.pool, text_of(report.what), report.address);
  const FreePlace& freed_at = report.freed_at;
  if (freed_at.file != nullptr) {
    std::fprintf(stderr, ", freed last at %s:%d", freed_at.file, freed_at.line);
  }
  std::fputc('\n', stderr);
  std::abort();
}

// One handler for the whole process.
//   (1) set's store, relaxed: it publishes a function, and nothing that was made for it.
//   (2) a report's load, relaxed: it sees (1), or what was set before.
inline std::atomic<MisuseHandler> misuse_handler{&end_of_misuse};
inline void set_misuse_handler(MisuseHandler handler) noexcept {
  misuse_handler.store(handler != nullptr ? handler : &end_of_misuse,
                       std::memory_order_relaxed);  // (1)
}
[[gnu::cold, gnu::noinline]] inline void report_misuse(const MisuseReport& report) {
  misuse_handler.load(std::memory_order_relaxed)(report);  // (2)
}

}  // namespace poolproof
