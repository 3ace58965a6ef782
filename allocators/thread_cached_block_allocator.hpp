// ThreadCachedBlockAllocator: CachedBlockAllocator for code that holds no handle. Each thread's
// magazines are found by thread and pool: a thread_local array, of which each pool has one place.
// Use it where a handle cannot be passed along; a handle is cheaper by the way there.
//
// A thread that ends gives back what it kept. A pool that ends first takes it all along: both are
// done under one mutex of the whole program, so that a thread may end while a pool does. A thread's
// destructors that run after its magazines have gone use the pool past them, and so does everybody
// where there are more than most_pools pools of this kind at a time: has_magazines() says so. Past
// them, an alloc or a free costs what CachedBlockAllocator's costs without a handle.
//
// Why it is correct. A place of a thread's array is attached to the pool that has the place, or to
// none: a pool gets a place under the mutex, and detaches all threads' magazines there before it
// gives it up. The magazines are touched by their own thread only, but in init, deinit, reclaim and
// used, while nobody else is inside the pool. All else is CachedBlockAllocator's.
//
// Not for g++ on Windows: it frees the thread_local variables of a thread before their destructors
// run, so a thread's magazines are gone when it wants to give them back.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "cached_block_allocator.hpp"

#if !defined(__MINGW32__) || defined(__clang__)
namespace poolproof {

template <Backend B = StdBackend>
class ThreadCachedBlockAllocator final : public BlockInterface<ThreadCachedBlockAllocator<B>> {
 public:
  static constexpr std::size_t most_pools = 64;  // that have magazines, at a time

  ThreadCachedBlockAllocator() = default;
  // As init; valid() says whether it worked.
  ThreadCachedBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                             std::size_t alignment, std::size_t magazine_size = 0) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment, magazine_size));
  }
  ThreadCachedBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                             std::size_t blocks_per_chunk, std::size_t most_blocks = 0,
                             std::size_t magazine_size = 0) noexcept {
    static_cast<void>(
        init(base, block_size, alignment, blocks_per_chunk, most_blocks, magazine_size));
  }
  ~ThreadCachedBlockAllocator() override { deinit(); }

  // As CachedBlockAllocator.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment, std::size_t magazine_size = 0) noexcept {
    return started(pool_.init(buffer, buffer_size, block_size, alignment, magazine_size));
  }
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk, std::size_t most_blocks = 0,
                  std::size_t magazine_size = 0) noexcept {
    return started(
        pool_.init(base, block_size, alignment, blocks_per_chunk, most_blocks, magazine_size));
  }
  // As CachedBlockAllocator; threads that have used the pool may end meanwhile.
  void deinit() noexcept;
  bool valid() const noexcept { return pool_.valid(); }

  // A block, or nullptr: no block was free for the whole call but those that other threads keep.
  [[nodiscard]] void* alloc_block() noexcept {
    void* block = mine().pop();
    if (block == nullptr) [[unlikely]]
      return alloc_slowly();
    return block;
  }
  // block: from alloc_block of this pool, by any thread, not freed since.
  void free_block(void* block) noexcept {
    if constexpr (debug_checks) check(pool_.owns(block), "free_block: not from this pool");
    if (!mine().push(block)) [[unlikely]]
      free_slowly(block);
  }

  // Do threads have magazines for it? Not if most_pools others had them when init was called.
  bool has_magazines() const noexcept { return place_ != most_pools; }

  // Gives back what the calling thread keeps, as when it ends: for one that will be idle. It may go
  // on with the pool later.
  void leave() noexcept { CachedBlockAllocator<B>::leave(mine()); }

  // Empties all threads' magazines. For a pool at rest.
  void reclaim() noexcept { pool_.reclaim(); }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }
  std::size_t capacity() const noexcept { return pool_.capacity(); }
  std::size_t peak() const noexcept { return pool_.peak(); }
  std::size_t used() const noexcept { return pool_.used(); }
  std::uint32_t magazine_size() const noexcept { return pool_.magazine_size(); }
  // The most free blocks that one thread ever keeps from the others.
  std::size_t most_kept() const noexcept { return pool_.most_kept(); }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return CachedBlockAllocator<B>::buffer_bytes(count, block_size, alignment);
  }

 private:
  // One more than there are pools with a place: the last place is never attached.
  using Places = std::array<Magazines<B>, most_pools + 1>;

  // Its destructor runs when the thread ends. Places are trivial to destroy and to make, so that
  // the way to them has no guard.
  struct Leaver {
    ~Leaver() {
      const std::lock_guard lock(lives());
      for (Magazines<B>& each : places) CachedBlockAllocator<B>::leave(each);
      ended = true;
    }
  };

  Magazines<B>& mine() noexcept { return places[place_]; }
  InitResult started(InitResult result) noexcept;
  bool attach() noexcept;
  [[gnu::noinline]] void* alloc_slowly() noexcept;
  [[gnu::noinline]] void free_slowly(void* block) noexcept;

  static inline constinit thread_local Places places{};
  static inline constinit thread_local bool ended = false;
  static inline constinit std::uint64_t taken = 0;  // places, a bit each; guarded by lives
  // Guards the lives of threads' magazines and of pools' places. Static pools lock it before main:
  // so it is made when it is first used, where making it takes code (Windows).
  static std::mutex& lives() noexcept {
    static std::mutex mutex;
    return mutex;
  }

  CachedBlockAllocator<B> pool_;
  std::uint32_t place_ = most_pools;
};

template <Backend B>
InitResult ThreadCachedBlockAllocator<B>::started(InitResult result) noexcept {
  if (!result) return result;
  const std::lock_guard lock(lives());
  const auto place = static_cast<std::uint32_t>(std::countr_one(taken));
  if (place < most_pools) {
    place_ = place;
    taken |= std::uint64_t{1} << place;
  }
  return result;
}

template <Backend B>
void ThreadCachedBlockAllocator<B>::deinit() noexcept {
  const std::lock_guard lock(lives());
  pool_.deinit();
  if (place_ != most_pools) taken &= ~(std::uint64_t{1} << place_);
  place_ = most_pools;
}

// Can this thread have magazines for this pool? Then it has them now.
template <Backend B>
bool ThreadCachedBlockAllocator<B>::attach() noexcept {
  if (place_ == most_pools || ended) return false;
  static thread_local Leaver leaver;
  static_cast<void>(leaver);
  return mine().pool() != nullptr || pool_.attach(mine());
}

template <Backend B>
void* ThreadCachedBlockAllocator<B>::alloc_slowly() noexcept {
  return attach() ? mine().alloc() : pool_.alloc_block();
}

template <Backend B>
void ThreadCachedBlockAllocator<B>::free_slowly(void* block) noexcept {
  if (attach()) {
    mine().free(block);
  } else {
    pool_.free_block(block);
  }
}

}  // namespace poolproof
#endif
