// SubjectArena: what engines ask of an allocator of pieces of any size, made of the little that a
// subject offers.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "allocators/sizes.hpp"
#include "harness/stress/subject_concepts.hpp"

namespace poolproof {

template <SizedSubject P>
class SubjectArena {
 public:
  SubjectArena() = default;
  SubjectArena(const SubjectArena&) = delete;
  SubjectArena& operator=(const SubjectArena&) = delete;
  ~SubjectArena() { deinit(); }

  // Do its pieces lie in memory of the harness? Else they may lie anywhere.
  static constexpr bool on_memory = SizedSubjectOnMemory<P>;

  // buffer: aligned to 64, and untouched where the subject brings its own.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t) {
    if constexpr (on_memory) {
      pool_ = new (place_) P(buffer, buffer_size);
    } else {
      pool_ = new (place_) P();
    }
    return {};
  }
  void deinit() {
    if (P* pool = std::exchange(pool_, nullptr)) pool->~P();
  }
  // Without its destructor: its lists may be cyclic or lead anywhere.
  void abandon() noexcept { pool_ = nullptr; }

  void* alloc(std::size_t bytes) { return pool_ == nullptr ? nullptr : pool_->alloc(bytes); }
  void* alloc_aligned(std::size_t bytes, std::size_t alignment) requires requires(P& pool) {
    pool.alloc_aligned(bytes, alignment);
  }
  { return pool_->alloc_aligned(bytes, alignment); }
  void free(void* piece) { pool_->free(piece); }

  // Found by asking for it (bisection).
  std::size_t largest_free() const requires(SubjectCoalesces<P>&& on_memory) {
    std::size_t had = 0;
    std::size_t refused = std::size_t{1} << 40;
    while (refused - had > 1) {
      const std::size_t middle = had + (refused - had) / 2;
      void* piece = pool_->alloc(middle);
      (piece != nullptr ? had : refused) = middle;
      if (piece != nullptr) pool_->free(piece);
    }
    return had;
  }
  const char* violation() const requires SubjectOracle<P> { return pool_->violation(); }
  template <class Visitor>
  void describe(Visitor&& visit) const {
    if constexpr (requires { pool_->describe(visit); }) pool_->describe(visit);
  }

 private:
  alignas(P) std::byte place_[sizeof(P)];
  P* pool_ = nullptr;  // in it
};

}  // namespace poolproof
