// SubjectPool: what engines ask of a pool, made of the little that a subject offers.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <utility>

#include "allocators/sizes.hpp"
#include "harness/stress/subject_concepts.hpp"

namespace poolproof {

template <AnySubject P>
class SubjectPool {
 public:
  SubjectPool() = default;
  SubjectPool(const SubjectPool&) = delete;
  SubjectPool& operator=(const SubjectPool&) = delete;
  ~SubjectPool() { deinit(); }

  // Do its blocks lie in memory of the harness? Else they may lie anywhere.
  static constexpr bool on_memory = SubjectOnMemory<P>;
  // Has it a certain number of blocks?
  static constexpr bool bounded = !SubjectWithoutBound<P>;
  static constexpr bool may_fail = SubjectMayFail<P>;
  static constexpr bool must_succeed = SubjectMustSucceed<P>;
  static constexpr bool waits = SubjectWaits<P>;
  static constexpr bool keeps = SubjectKeeps<P>;

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return size_mul(count, align_up(block_size, alignment));
  }
  // buffer: aligned to 64, and untouched where the subject brings its own.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) {
    const std::size_t size = align_up(block_size, alignment);
    blocks_ = buffer_size / size;
    if constexpr (on_memory) {
      pool_ = new (place_) P(buffer, blocks_, size);
    } else if constexpr (bounded) {
      pool_ = new (place_) P(blocks_, size);
    } else {
      pool_ = new (place_) P(size);
    }
    return {};
  }
  // Chunks of the base; how many there will be, it does not say.
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk) requires SubjectOverBase<P> {
    blocks_ = 0;
    pool_ = new (place_) P(base, blocks_per_chunk, align_up(block_size, alignment));
    return {};
  }
  void deinit() {
    if (P* pool = std::exchange(pool_, nullptr)) pool->~P();
  }
  // Without its destructor: its lists may be cyclic or lead anywhere.
  void abandon() noexcept { pool_ = nullptr; }
  bool valid() const noexcept { return pool_ != nullptr; }
  std::size_t capacity() const noexcept { return blocks_; }
  // It need not count: that nothing was lost, draining it shows.
  static constexpr std::size_t used() noexcept { return 0; }

  void* alloc_block() { return pool_ == nullptr ? nullptr : pool_->alloc(); }
  void* alloc_block(std::size_t bytes) requires SubjectTakesSizes<P> {
    return pool_ == nullptr ? nullptr : pool_->alloc(bytes);
  }
  void free_block(void* block) { pool_->free(block); }
  std::size_t alloc_many(std::span<void*> blocks) {
    if constexpr (SubjectAllocsMany<P>) return pool_->alloc_many(blocks);
    std::size_t count = 0;
    while (count != blocks.size() && (blocks[count] = alloc_block()) != nullptr) ++count;
    return count;
  }
  void free_many(std::span<void* const> blocks) {
    if constexpr (SubjectFreesMany<P>) return pool_->free_many(blocks);
    for (void* block : blocks) free_block(block);
  }

  // At most so many free blocks of each thread are out of the others' reach.
  std::size_t most_kept() const {
    if constexpr (SubjectKeeps<P>) return pool_->most_kept();
    return 0;
  }
  // Gives back what the calling thread keeps.
  void flush() requires SubjectFlushes<P> { pool_->flush(); }

  const char* violation() const {
    if constexpr (SubjectOracle<P>) return pool_->violation();
    return nullptr;
  }
  template <class Visitor>
  void describe(Visitor&& visit) const {
    if constexpr (requires { pool_->describe(visit); }) pool_->describe(visit);
  }

 private:
  alignas(P) std::byte place_[sizeof(P)];
  P* pool_ = nullptr;  // in it
  std::size_t blocks_ = 0;
};

}  // namespace poolproof
