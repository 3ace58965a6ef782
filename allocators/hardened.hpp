// Hardened<Pool>: any of the block pools, with every use of it checked, in release builds too. A
// double free, a free of a pointer within a block, into another pool or of nullptr, a write past
// the end of a block, a write into a free block, and a base that gives bad memory end the program
// with one line, or call the handler that set_misuse_handler was given. Use it wherever a few
// nanoseconds are less than a night with a debugger.
//
// How: behind each block lie two words. The seal says whether the block is in use or free, by one
// of two values that depend on the block's address and on the pool; what is no block has no seal.
// Before the seal stands the guard, which an overflow meets first; while the block is free it holds
// the place of that free. A free block is filled with a pattern, for 16 bytes behind its first
// word.
//
// Order. Seal, guard and pattern belong to the owner of the block, and the pool, which passes a
// block from one owner to the next, passes on all that was written to it: so relaxed is enough for
// right code. They are atomic for the sake of a second free at the same instant.
//   (1) alloc's load of the seal, relaxed: it sees (2) or (6) of the last owner.
//   (2) alloc's store of the seal, relaxed: for (4) of whoever the owner lets free the block.
//   (3) alloc's store of the guard, relaxed: for (5), as (2).
//   (4) free's load of the seal, relaxed: it sees (2). Only a wrong second free comes beside that.
//       One that comes later sees (6) of the first. Of two at the same instant both may see (2);
//       then the pool has the block twice, and whoever is the second to get it finds it in use:
//       handed_out_twice. Not for certain: C++20 lets the stores of the two links change places,
//       as no hardware that we know does, and then the pool has it once. A read-modify-write would
//       decide at once, and cost as much as the pool.
//   (5) free's load of the guard, acquire: it sees (3), unless something was written over it. If
//       that was (7) of another free, the order lets (10) see (6) of that free.
//   (6) free's store of the seal, relaxed: for (1) of the next owner.
//   (7) free's store of the guard, release: for (8); for (5) it publishes (6).
//   (8) a report's load of the guard, relaxed: beside (7) of another thread it may be too early,
//       and then the report does not say where.
//   (9) init's fetch_add, relaxed: pools need only different numbers.
//  (10) free's second load of the seal, relaxed: (5) orders it. It tells another free, at the same
//       instant, from an overflow.
//  (11) free's stores of the pattern, relaxed: for (12) of the next owner.
//  (12) alloc's loads of the pattern, relaxed: they see (11).
//
// There is no Hardened where the standard library has no std::atomic_ref (libc++ before
// 19).
//
// It does not see: a second free of a block that somebody else has by then; a use after free
// that only reads, or that writes when the block is somebody else's again, or beyond the pattern,
// or into the first word (there BlockAllocator and LockedBlockAllocator keep their link); a write
// past the end that skips both words; damage to a block before it is handed out for the first time;
// lost blocks. A second free of a block whose chunk shrink() gave back reads memory that is not the
// pool's any more: it may crash there, without a report.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "detail/blocks/block_interface.hpp"
#include "detail/checked_base.hpp"
#include "detail/misuse.hpp"
#include "sizes.hpp"

#if defined(__cpp_lib_atomic_ref)
namespace poolproof {

// Thread safety, progress and failure: those of Pool. Each block costs two words more.
template <class Pool>
class Hardened final : public BlockInterface<Hardened<Pool>> {
 public:
  // name: for reports; not owned, and must outlive the pool.
  explicit Hardened(const char* name = "pool") noexcept : name_(name) {}
  // As init; valid() says whether it worked.
  Hardened(void* buffer, std::size_t buffer_size, std::size_t block_size,
           std::size_t alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment));
  }
  Hardened(Allocator& base, std::size_t block_size, std::size_t alignment,
           std::size_t blocks_per_chunk) noexcept {
    static_cast<void>(init(base, block_size, alignment, blocks_per_chunk));
  }
  ~Hardened() override { deinit(); }

  // All as Pool's. Neither buffer nor base is owned.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    const InitResult result =
        pool_.init(buffer, buffer_size, outer_size(block_size), outer_alignment(alignment));
    if (result) begin(block_size, buffer, buffer_size);
    return result;
  }
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) noexcept {
    const InitResult result =
        pool_.init(base_, outer_size(block_size), outer_alignment(alignment), blocks_per_chunk);
    if (!result) return result;
    base_.begin(base, name_);  // in time: Pool asks for its first chunk when a block is wanted
    begin(block_size, nullptr, 0);
    return result;
  }
  void deinit() noexcept { pool_.deinit(); }
  bool valid() const noexcept { return pool_.valid(); }

  [[nodiscard]] void* alloc_block() {
    void* block = pool_.alloc_block();
    return block == nullptr || !take(block) ? nullptr : block;
  }
  // file, line: of the call, for a report on what comes later.
  void free_block(void* block, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (give(block, {file, line})) pool_.free_block(block);
  }
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) {
    std::size_t taken = 0;
    for (void* block : blocks.first(pool_.alloc_many(blocks))) {
      if (take(block)) blocks[taken++] = block;
    }
    return taken;
  }
  void free_many(std::span<void* const> blocks, const char* file = __builtin_FILE(),
                 int line = __builtin_LINE()) {
    for (void* block : blocks) free_block(block, file, line);
  }

  // For the pools that have it.
  std::size_t shrink() noexcept requires requires(Pool& pool) { pool.shrink(); }
  { return pool_.shrink(); }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return valid() ? block_size_ : 0; }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t used() const noexcept { return pool_.used(); }
  std::size_t peak() const noexcept { return pool_.peak(); }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return Pool::buffer_bytes(count, outer_size(block_size), outer_alignment(alignment));
  }

 private:
  using Word = std::uint64_t;
  static constexpr std::size_t most_filled = 2;  // words, behind the first, which has a pool's link
  static constexpr Word pattern = 0xDBDBDBDBDBDBDBDB;

  static constexpr std::size_t inner_size(std::size_t block_size) noexcept {
    return align_up(block_size, alignof(Word));
  }
  // 0 stays so, for Pool to refuse.
  static constexpr std::size_t outer_size(std::size_t block_size) noexcept {
    return block_size == 0 ? 0 : size_add(inner_size(block_size), 2 * sizeof(Word));
  }
  // A number that is no alignment stays as it is, for Pool to refuse.
  static constexpr std::size_t outer_alignment(std::size_t alignment) noexcept {
    return std::has_single_bit(alignment) ? std::max(alignment, alignof(Word)) : alignment;
  }
  // splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
  static constexpr Word mixed(Word n) noexcept {
    n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9;
    n = (n ^ n >> 27) * 0x94D049BB133111EB;
    return n ^ n >> 31;
  }

  void begin(std::size_t block_size, const void* buffer, std::size_t buffer_size) noexcept {
    static std::atomic<Word> pools{0};
    const Word pool = pools.fetch_add(1, std::memory_order_relaxed) + 1;  // (9)
    secret_ = mixed(pool * 0x9E3779B97F4A7C15);
    block_size_ = inner_size(block_size);
    filled_ = std::min(block_size_ / sizeof(Word) - 1, most_filled);
    buffer_ = buffer;
    buffer_size_ = buffer_size;
  }

  // No other word of memory is likely to hold one of these values: the pool's secret has 64 bits.
  Word seal_in_use(const void* block) const noexcept { return address(block) ^ secret_; }
  Word seal_free(const void* block) const noexcept { return ~seal_in_use(block); }
  Word guard_of(const void* block) const noexcept { return seal_in_use(block) + pattern; }

  std::byte* end_of(void* block) const noexcept {
    return static_cast<std::byte*>(block) + block_size_;
  }
  static std::atomic_ref<Word> word(void* memory, std::size_t index) noexcept {
    return std::atomic_ref<Word>(static_cast<Word*>(memory)[index]);
  }
  std::atomic_ref<Word> guard(void* block) const noexcept { return word(end_of(block), 0); }
  std::atomic_ref<Word> seal(void* block) const noexcept { return word(end_of(block), 1); }

  // The pool has handed it out. Returns false after a report.
  bool take(void* block) {
    const Word was = seal(block).load(std::memory_order_relaxed);  // (1)
    if (was == seal_in_use(block)) [[unlikely]]
      return refuse(Misuse::handed_out_twice, block);
    if (was == seal_free(block) && !is_filled(block)) [[unlikely]]
      return refuse(Misuse::use_after_free, block, freed_at(block));
    seal(block).store(seal_in_use(block), std::memory_order_relaxed);  // (2)
    guard(block).store(guard_of(block), std::memory_order_relaxed);    // (3)
    return true;
  }
  // It is to be freed, from that place. Returns false after a report.
  bool give(void* block, const FreePlace& place) {
    if (block == nullptr) [[unlikely]]
      return refuse(Misuse::null_free, block);
    if (!is_near(block)) [[unlikely]]
      return refuse(Misuse::foreign_free, block);
    if (bytes_to_alignment(block, alignof(Word)) != 0) [[unlikely]]
      return refuse(Misuse::interior_free, block);
    const Word was = seal(block).load(std::memory_order_relaxed);  // (4)
    if (was != seal_in_use(block)) [[unlikely]] {
      return was == seal_free(block) ? refuse(Misuse::double_free, block, freed_at(block))
                                     : refuse(Misuse::interior_free, block);
    }
    if (guard(block).load(std::memory_order_acquire) != guard_of(block)) [[unlikely]]  // (5)
      return refuse_guard(block);
    seal(block).store(seal_free(block), std::memory_order_relaxed);  // (6)
    guard(block).store(place.packed(), std::memory_order_release);   // (7)
    for (std::size_t i = 0; i != filled_; ++i) {
      word(block, 1 + i).store(pattern, std::memory_order_relaxed);  // (11)
    }
    return true;
  }

  // May the words behind it be read?
  bool is_near(const void* block) const noexcept {
    const std::size_t bytes = block_size_ + 2 * sizeof(Word);
    if (buffer_ != nullptr) return address(block) - address(buffer_) <= buffer_size_ - bytes;
    return base_.near(block) && base_.near(static_cast<const std::byte*>(block) + bytes - 1);
  }
  bool is_filled(void* block) const noexcept {
    Word other = 0;
    for (std::size_t i = 0; i != filled_; ++i) {
      other |= word(block, 1 + i).load(std::memory_order_relaxed) ^ pattern;  // (12)
    }
    return other == 0;
  }
  // For a free block. A thread may ask while another one is still freeing it: then the place is
  // not known yet.
  FreePlace freed_at(void* block) const noexcept {
    const Word place = guard(block).load(std::memory_order_relaxed);  // (8)
    return place == guard_of(block) ? FreePlace{} : FreePlace::unpacked(place);
  }
  [[gnu::cold, gnu::noinline]] bool refuse_guard(void* block) const {
    const Word now = seal(block).load(std::memory_order_relaxed);  // (10)
    return now == seal_free(block) ? refuse(Misuse::double_free, block, freed_at(block))
                                   : refuse(Misuse::overflow, block);
  }
  [[gnu::cold, gnu::noinline]] bool refuse(Misuse what, const void* block,
                                           const FreePlace& freed_at = {}) const {
    report_misuse({what, name_, block, freed_at});
    return false;
  }

  const char* name_ = "pool";
  Word secret_ = 0;
  std::size_t block_size_ = 0;  // bytes that are the user's
  std::size_t filled_ = 0;      // words with the pattern
  const void* buffer_ = nullptr;
  std::size_t buffer_size_ = 0;
  CheckedBase
      base_;  // before the pool, which gives its chunks back in its destructor at the latest
  Pool pool_;
};

}  // namespace poolproof
#endif
