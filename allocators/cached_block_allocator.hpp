// CachedBlockAllocator: a pool for any number of threads, each with magazines of its own in front
// of a shared, lock-free depot. Saturated, an alloc and a free are two pointer assignments and a
// count, with no atomic operation: only one in magazine_size() touches what threads share.
// Use it where threads allocate and free all the time. Not where every last block must be had by
// every thread: each handle may keep 2 * magazine_size() free blocks from the others.
//
//   CachedBlockAllocator<> pool(buffer, sizeof buffer, 64, 64);
//   auto cache = pool.cache();           // in each thread
//   void* block = cache.alloc_block();
//   cache.free_block(block);             // or any other thread's cache, or the pool itself
//
// Blocks need no owner: whoever frees one keeps it. alloc_block and free_block of the pool itself
// work too, past all magazines and by one operation on a list of loose blocks, for threads that
// come by once. ThreadCachedBlockAllocator finds each thread's magazines itself.
//
// Why it is correct. The depot is a LocklessBlockAllocator, whose blocks stand for magazines: the
// link of a magazine's first block, outside the block, leads to the next magazine, and the links
// inside the blocks from block to block of one magazine. Invariant: each block is in use, or in one
// magazine of one Magazines, or in one magazine of the depot, or loose (LooseBlocks), or on its way
// between these in the hands of one thread, or has never been carved. So the links inside are plain
// variables: only that one thread touches them, and it gets and gives whole magazines through the
// depot, whose push (6) publishes all that its thread wrote before to the pop (1) that gets the
// magazine: links, and what the last users of its blocks wrote. No stale reader ever looks into a
// block: the depot's readers look at the links outside only. A magazine in the depot that is not
// full says so in the lowest bit of its first inner link, so its length need not be kept elsewhere.
// Without a handle. An alloc takes a loose block. If there is none, it takes a magazine of the
// depot apart: one block is its own, the others become loose. Meanwhile they are in no list: so it
// does that with the store's growth mutex held, and whoever finds nothing anywhere takes that mutex
// too and looks once more. Then no magazine is being taken apart, and a block that is free for the
// whole call, and that no handle keeps, is in one of the two lists all the time.
//   (11) load acquire of taken_apart_, and if it is 0, exchange to 1, acquire and release, by
//        whoever is about to take a magazine apart. Pairs with (12). Kept: what (12) must not be
//        moved before are read-modify-writes, and the model has all of these take effect in one
//        order.
//   (12) fetch_add of nothing to taken_apart_, release, by an alloc that has found both lists
//        empty: if it reads 0, no mutex is needed. For then it comes before the exchange (11) in
//        the order of changes, whose acquire, handed on by its release to later loads (11), puts
//        each taking apart behind both looks. Kept: as (11).
//   (13) store relaxed: with the pool at rest.
// ABA: the nonces of depot and loose blocks, moved for each magazine and each loose block.
// Progress: as LocklessBlockAllocator, but that without a handle an alloc that finds no loose block
// may wait for a mutex, and so may, once a magazine was taken apart, each alloc that finds nothing.
// A handle is made and ended under a mutex.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "detail/blocks/block_interface.hpp"
#include "detail/blocks/loose_blocks.hpp"
#include "detail/blocks/magazines.hpp"
#include "lockless_block_allocator.hpp"

namespace poolproof {

template <Backend B = StdBackend>
class CachedBlockAllocator final : public BlockInterface<CachedBlockAllocator<B>> {
 public:
  class Cache;

  CachedBlockAllocator() = default;
  // As init; valid() says whether it worked.
  CachedBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                       std::size_t alignment, std::size_t magazine_size = 0) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment, magazine_size));
  }
  CachedBlockAllocator(Allocator& base, std::size_t block_size, std::size_t alignment,
                       std::size_t blocks_per_chunk, std::size_t most_blocks = 0,
                       std::size_t magazine_size = 0) noexcept {
    static_cast<void>(
        init(base, block_size, alignment, blocks_per_chunk, most_blocks, magazine_size));
  }
  ~CachedBlockAllocator() override { deinit(); }

  // As LocklessBlockAllocator. Blocks are at least as large and as aligned as a pointer.
  // magazine_size: in blocks; 0 chooses as many as fit into 64 KiB, but at most 64, and at most an
  // eighth of the buffer's or of a chunk's blocks.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment, std::size_t magazine_size = 0) noexcept {
    const InitResult result =
        depot_.init(buffer, buffer_size, raised_size(block_size), raised(alignment));
    if (result) start(magazine_size, depot_.capacity());
    return result;
  }
  InitResult init(Allocator& base, std::size_t block_size, std::size_t alignment,
                  std::size_t blocks_per_chunk, std::size_t most_blocks = 0,
                  std::size_t magazine_size = 0) noexcept {
    const InitResult result = depot_.init(base, raised_size(block_size), raised(alignment),
                                          blocks_per_chunk, most_blocks);
    if (result) start(magazine_size, blocks_per_chunk);
    return result;
  }

  // Gives every chunk back, once; all blocks are gone, those in magazines too. Handles that live on
  // are without a pool: their alloc_block answers nullptr, their free_block does nothing. For one
  // thread, with nobody else inside, or in one of the handles.
  void deinit() noexcept;

  bool valid() const noexcept { return depot_.valid(); }

  // A handle for one thread at a time. Any thread, also while others are inside.
  [[nodiscard]] Cache cache() noexcept { return Cache(*this); }

  // Without a handle. alloc_block answers nullptr only when, for the whole call, no block was free
  // but those that handles keep.
  [[nodiscard]] void* alloc_block() noexcept;
  void free_block(void* block) noexcept;

  // Empties all magazines into the depot; the handles go on. For a pool at rest: nobody inside, nor
  // in one of the handles.
  void reclaim() noexcept;

  bool owns(const void* pointer) const noexcept override { return depot_.owns(pointer); }
  std::size_t block_size() const noexcept { return depot_.block_size(); }
  std::size_t alignment() const noexcept { return depot_.alignment(); }
  std::size_t capacity() const noexcept { return depot_.capacity(); }
  // Blocks that were ever handed out or into a magazine.
  std::size_t peak() const noexcept { return depot_.peak(); }
  // Blocks handed out now. For a pool at rest; one step for each free block.
  std::size_t used() const noexcept;

  std::uint32_t magazine_size() const noexcept { return magazine_size_; }  // blocks, at most
  // The most free blocks that one handle ever keeps from the other threads.
  std::size_t most_kept() const noexcept { return std::size_t{2} * magazine_size_; }
  // As LocklessBlockAllocator's: it moves once for each magazine that leaves the depot.
  unsigned nonce_bits() const noexcept { return depot_.nonce_bits(); }

  // Bytes that hold count blocks wherever the buffer lies; size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return Depot::buffer_bytes(count, raised_size(block_size), raised(alignment));
  }

  // For tools that show the pool's variables: takes addresses only, and touches no shared variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    depot_.describe(visit);
    loose_.describe(visit);
    visit("taken apart", taken_apart_);
    visit("registry", registry_);
  }

  // For owners of Magazines: they work for this pool from now on, until left or until deinit. False
  // when the pool is not initialised. What they keep goes to the depot when they are left.
  bool attach(Magazines<B>& magazines) noexcept;
  static void leave(Magazines<B>& magazines) noexcept;

 private:
  friend Magazines<B>;
  using Depot = LocklessBlockAllocator<B>;
  using Index = std::uint32_t;
  using Inner = InnerLink<B>;

  // What is wrong stays as it is, for the depot to say so.
  static constexpr std::size_t raised(std::size_t alignment) noexcept {
    return std::has_single_bit(alignment) ? std::max(alignment, Inner::alignment) : alignment;
  }
  static constexpr std::size_t raised_size(std::size_t block_size) noexcept {
    return block_size == 0 ? 0 : std::max(block_size, Inner::size);
  }
  void choose_size(std::size_t wanted, std::size_t blocks) noexcept;
  void start(std::size_t wanted_size, std::size_t blocks) noexcept {
    choose_size(wanted_size, blocks);
    loose_.reset();
    taken_apart_.store(0, std::memory_order_relaxed);  // (13)
  }

  Magazine fetch(Index most_fresh) noexcept;
  Magazine look(Index most_fresh) noexcept;
  Magazine look_surely() noexcept;
  Index alloc_apart() noexcept;
  Index take_apart(Index top) noexcept;
  void put(Index index, const Magazine& magazine) noexcept;
  void put(const Magazine& magazine) noexcept {
    put(depot_.store_.index_of(magazine.first), magazine);
  }
  void empty(Magazines<B>& magazines) noexcept;
  Magazine open(Index top) noexcept;
  Magazine link_up(const typename BlockStore<B>::Range& fresh) noexcept;
  template <class Visit>
  void for_each_free(Visit visit) const noexcept;

  Depot depot_;
  LooseBlocks<B> loose_{depot_.store_};
  typename B::template atomic<std::uint32_t> taken_apart_{0};  // was a magazine, ever?
  mutable typename B::mutex registry_;
  Magazines<B>* first_ = nullptr;  // of those that are attached; guarded by registry_
  std::uint32_t magazine_size_ = 0;
};

// One thread's way into a pool. Gives back on destruction what it keeps. It may outlive the pool,
// but is not to be ended, or used, while another thread ends the pool.
template <Backend B>
class alignas(64) CachedBlockAllocator<B>::Cache final : public BlockInterface<Cache> {
 public:
  // With a pool that is not initialised, a handle without a pool.
  explicit Cache(CachedBlockAllocator& pool) noexcept {
    static_cast<void>(pool.attach(magazines_));
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() override { CachedBlockAllocator::leave(magazines_); }

  // A block, or nullptr: no block was free for the whole call but those that other handles keep; or
  // the pool is gone.
  [[nodiscard]] void* alloc_block() noexcept { return magazines_.alloc(); }
  // block: from this pool by whatever way, not freed since.
  void free_block(void* block) noexcept {
    if constexpr (debug_checks) {
      check(pool() == nullptr || owns(block), "free_block: not from this pool");
    }
    magazines_.free(block);
  }

  // The pool's; without a pool, false and 0.
  bool owns(const void* pointer) const noexcept override { return pool() && pool()->owns(pointer); }
  std::size_t block_size() const noexcept { return pool() ? pool()->block_size() : 0; }
  std::size_t alignment() const noexcept { return pool() ? pool()->alignment() : 0; }

  template <class Visitor>
  void describe(Visitor&& visit) const {
    magazines_.describe(visit);
  }

 private:
  const CachedBlockAllocator* pool() const noexcept { return magazines_.pool(); }

  Magazines<B> magazines_;
};

}  // namespace poolproof

#include "detail/blocks/cached_block_allocator_impl.hpp"
