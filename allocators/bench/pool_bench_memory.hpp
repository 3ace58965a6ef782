// Memory and threads for contenders: aligned blocks to hand out, and resets with nobody inside.
#pragma once

#include <barrier>
#include <cstdlib>
#include <memory>
#include <new>

#include "pool_bench.hpp"

namespace poolproof::bench {

// An array of blocks, aligned to their size.
class Blocks {
 public:
  explicit Blocks(std::size_t count) : bytes_(count * block_size) {
    begin_.reset(static_cast<std::byte*>(std::aligned_alloc(block_size, bytes_)));
    if (begin_ == nullptr) throw std::bad_alloc();
  }
  std::byte* operator[](std::size_t i) const noexcept { return begin_.get() + i * block_size; }
  std::size_t index_of(const void* block) const noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(block) - begin_.get()) /
           block_size;
  }
  std::byte* begin() const noexcept { return begin_.get(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept { std::free(bytes); }
  };
  std::unique_ptr<std::byte[], Free> begin_;
  std::size_t bytes_;
};

// A linear allocator that many threads share is reset when it is full and none of them is inside:
// all meet at a barrier, which is what a user has to do too, and its time counts. L needs try_alloc
// and reset; it holds enough blocks that the barrier is a small part, and that no thread comes to
// the barrier while others still warm up and wait for it at the start.
template <class L>
class ResetTogether {
 public:
  static constexpr std::size_t blocks = 1 << 16;

  ResetTogether(std::size_t count, unsigned threads)
      : linear_(count), barrier_(static_cast<std::ptrdiff_t>(threads), Reset{linear_}) {}

  class Handle {
   public:
    explicit Handle(ResetTogether& pool) noexcept : pool_(pool) {}
    Handle(const Handle&) = delete;
    // The others no longer wait for this thread.
    ~Handle() { pool_.barrier_.arrive_and_drop(); }
    void* alloc() noexcept {
      void* block = pool_.linear_.try_alloc();
      while (block == nullptr) [[unlikely]] {
          pool_.barrier_.arrive_and_wait();
          block = pool_.linear_.try_alloc();  // nullptr: the others have taken all of it again
        }
      return block;
    }
    void free(void*) noexcept {}

   private:
    ResetTogether& pool_;
  };

 private:
  struct Reset {
    L& linear;
    void operator()() noexcept { linear.reset(); }
  };
  L linear_;
  std::barrier<Reset> barrier_;
};

}  // namespace poolproof::bench
