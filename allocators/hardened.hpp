// Hardened<Pool>: any of the block pools, with every use of it checked, in release builds too. A
// double free, a free of a pointer within a block, into another pool or of nullptr, a write past
// the end of a block, a write into a free block, and a base that gives bad memory end the program
// with one line, or call the handler that set_misuse_handler was given. Use it wherever a few
// nanoseconds are less than a night with a debugger.
//
// How: behind each block lie two words. The seal says whose the block is: one value while it is in
// use, another while it is free, each mixed of the block's address and the pool. Only free turns
// the one into the other, by a compare-and-swap that of two frees one must lose; what is no block
// has no seal. Before the seal stands the guard, which an overflow meets first; while the block is
// free it holds the place of that free. A free block is filled with a pattern, for 24 bytes behind
// its first word.
//
// Order. (1) and (2), the changes of the seal, are relaxed: the pool passes a block from one owner
// to the next, and with it all that was written to it, seal included. Only a second free of the
// same block comes beside that, and there it is enough that one modification order decides between
// the two.
//
// What it does not see: a second free of a block that somebody else has by then; a use after free
// that only reads, or that writes when the block is somebody else's again, or beyond the pattern,
// or into the first word (there BlockAllocator and LockedBlockAllocator keep their link); a write
// past the end that skips both words; damage to a block before it is handed out for the first time;
// lost blocks.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "detail/block_interface.hpp"
#include "detail/checked_base.hpp"
#include "detail/misuse.hpp"
#include "sizes.hpp"

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
  [[gnu::noinline]] void free_block(void* block) {  // so that the return address is the caller's
    if (give(block, __builtin_return_address(0))) pool_.free_block(block);
  }
  [[nodiscard]] std::size_t alloc_many(std::span<void*> blocks) {
    std::size_t taken = 0;
    for (void* block : blocks.first(pool_.alloc_many(blocks))) {
      if (take(block)) blocks[taken++] = block;
    }
    return taken;
  }
  [[gnu::noinline]] void free_many(std::span<void* const> blocks) {
    for (void* block : blocks) {
      if (give(block, __builtin_return_address(0))) pool_.free_block(block);
    }
  }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return valid() ? block_size_ : 0; }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t used() const noexcept { return pool_.used(); }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return Pool::buffer_bytes(count, outer_size(block_size), outer_alignment(alignment));
  }

 private:
  using Word = std::uint64_t;
  static constexpr std::size_t kept = sizeof(void*);  // of a free block, for the pool's link
  static constexpr std::size_t most_filled = 24;
  static constexpr unsigned char pattern = 0xDB;

  static constexpr std::size_t inner_size(std::size_t block_size) noexcept {
    return align_up(block_size, alignof(Word));
  }
  // 0 stays so, for Pool to refuse.
  static constexpr std::size_t outer_size(std::size_t block_size) noexcept {
    return block_size == 0 ? 0 : size_add(inner_size(block_size), 2 * sizeof(Word));
  }
  // What is no alignment stays so.
  static constexpr std::size_t outer_alignment(std::size_t alignment) noexcept {
    return std::has_single_bit(alignment) ? std::max(alignment, alignof(Word)) : alignment;
  }
  // splitmix64 (Steele, Lea and Flood, OOPSLA 2014): neighbours get seals that differ in every
  // byte.
  static constexpr Word mixed(Word n) noexcept {
    n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9;
    n = (n ^ n >> 27) * 0x94D049BB133111EB;
    return n ^ n >> 31;
  }

  void begin(std::size_t block_size, const void* buffer, std::size_t buffer_size) noexcept {
    static std::atomic<Word> pools{0};
    // Relaxed: the numbers need only differ.
    secret_ = mixed((pools.fetch_add(1, std::memory_order_relaxed) + 1) * 0x9E3779B97F4A7C15);
    block_size_ = inner_size(block_size);
    filled_ = std::min(block_size_ - std::min(block_size_, kept), most_filled);
    buffer_ = buffer;
    buffer_size_ = buffer_size;
  }

  Word seal_in_use(const void* block) const noexcept { return mixed(address(block) ^ secret_); }
  Word seal_free(const void* block) const noexcept { return ~seal_in_use(block); }
  Word guard_of(const void* block) const noexcept { return seal_in_use(block) * 3; }

  std::byte* end_of(void* block) const noexcept {
    return static_cast<std::byte*>(block) + block_size_;
  }
  // Atomic as well, and relaxed: a second free reads it while the first one may be writing.
  std::atomic_ref<Word> guard(void* block) const noexcept {
    return std::atomic_ref<Word>(*reinterpret_cast<Word*>(end_of(block)));
  }
  std::atomic_ref<Word> seal(void* block) const noexcept {
    return std::atomic_ref<Word>(*reinterpret_cast<Word*>(end_of(block) + sizeof(Word)));
  }

  // The pool has handed it out. Returns false after a report.
  bool take(void* block) {
    const Word was = seal(block).exchange(seal_in_use(block), std::memory_order_relaxed);  // (1)
    if (was == seal_in_use(block)) [[unlikely]]
      return refuse(Misuse::handed_out_twice, block);
    if (was == seal_free(block) && !is_filled(block)) [[unlikely]]
      return refuse(Misuse::use_after_free, block, freed_at(block));
    guard(block).store(guard_of(block), std::memory_order_relaxed);
    return true;
  }
  // It is to be freed, from that place. Returns false after a report.
  bool give(void* block, const void* place) {
    if (block == nullptr) [[unlikely]]
      return refuse(Misuse::null_free, block);
    if (!is_near(block)) [[unlikely]]
      return refuse(Misuse::foreign_free, block);
    if (bytes_to_alignment(block, alignof(Word)) != 0) [[unlikely]]
      return refuse(Misuse::interior_free, block);
    Word was = seal_in_use(block);
    if (!seal(block).compare_exchange_strong(was, seal_free(block),
                                             std::memory_order_relaxed)) [[unlikely]] {  // (2)
      return was == seal_free(block) ? refuse(Misuse::double_free, block, freed_at(block))
                                     : refuse(Misuse::interior_free, block);
    }
    if (guard(block).load(std::memory_order_relaxed) != guard_of(block)) [[unlikely]] {
      seal(block).store(seal_in_use(block), std::memory_order_relaxed);  // it stays in use
      return refuse(Misuse::overflow, block);
    }
    guard(block).store(address(place), std::memory_order_relaxed);
    std::memset(static_cast<std::byte*>(block) + kept, pattern, filled_);
    return true;
  }

  // May the words behind it be read?
  bool is_near(const void* block) const noexcept {
    const std::size_t bytes = block_size_ + 2 * sizeof(Word);
    if (buffer_ != nullptr) return address(block) - address(buffer_) <= buffer_size_ - bytes;
    return base_.near(block) && base_.near(static_cast<const std::byte*>(block) + bytes - 1);
  }
  bool is_filled(const void* block) const noexcept {
    std::array<unsigned char, most_filled> whole;
    whole.fill(pattern);
    return std::memcmp(static_cast<const std::byte*>(block) + kept, whole.data(), filled_) == 0;
  }
  // Of a block that is free; while another thread frees it, it may be too early for that.
  const void* freed_at(void* block) const noexcept {
    const Word place = guard(block).load(std::memory_order_relaxed);
    return place == guard_of(block) ? nullptr : reinterpret_cast<const void*>(place);
  }
  bool refuse(Misuse what, const void* block, const void* freed_at = nullptr) const {
    report_misuse({what, name_, block, freed_at});
    return false;
  }

  const char* name_ = "pool";
  Word secret_ = 0;
  std::size_t block_size_ = 0;  // bytes that are the user's
  std::size_t filled_ = 0;      // with the pattern, behind the first word
  const void* buffer_ = nullptr;
  std::size_t buffer_size_ = 0;
  CheckedBase
      base_;  // before the pool, which gives its chunks back in its destructor at the latest
  Pool pool_;
};

}  // namespace poolproof
