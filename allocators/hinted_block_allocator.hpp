// HintedBlockAllocator: a lock-free pool without links, for any number of threads. Each block has a
// word of its own that says whether it is free; each thread's handle remembers where free blocks
// may be, and keeps none of them from the others.
// Use it where threads meet often and everybody must be able to have the last block. Not where the
// pool must grow (it never leaves its buffer), nor where it is full most of the time: to find the
// last free block takes a look at every word, and to answer nullptr takes two read-modify-writes of
// each.
//
//   HintedBlockAllocator<> pool(buffer, sizeof buffer, 64, 64);
//   auto cache = pool.cache();           // in each thread
//   void* block = cache.alloc_block();
//   cache.free_block(block);             // or any other thread's cache, or the pool itself
//
// A hint is a block's number. It may be outdated, there twice, in two handles, or forgotten: a
// block is somebody's only by its word. A handle that runs out of hints looks at the words
// themselves, one run after another, from where it looked last.
//
// Why it is correct: see detail/blocks/block_states.hpp, with the numbered operations; beside
// those there is
//   (7) load relaxed and store relaxed of next_, where a search without a handle begins: a hint.
// No ABA, no nonce, no limbo: nothing is followed from block to block.
// Progress: alloc_block is lock-free, free_block is wait-free. Failure: nullptr only if, at some
// moment of the call, all blocks were in use. A double free stops the program, in release too; so
// does a pointer that is no block's.
// Memory beside the blocks: 4 bytes for each, and 128 to 256 for the pool.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "detail/blocks/block_interface.hpp"
#include "detail/blocks/block_states.hpp"
#include "detail/blocks/slot_store.hpp"
#include "detail/lane.hpp"
#include "std_backend.hpp"

namespace poolproof {

// Hints: of a handle, at most; a power of two. Few are for experiments with a few blocks.
template <Backend B = StdBackend, unsigned Hints = 128>
class HintedBlockAllocator final : public BlockInterface<HintedBlockAllocator<B, Hints>> {
  static_assert(std::has_single_bit(Hints) && Hints >= 2);
  using Slots = BlockStates<B>;

 public:
  class Cache;

  HintedBlockAllocator() = default;
  // As init; valid() says whether it worked.
  HintedBlockAllocator(void* buffer, std::size_t buffer_size, std::size_t block_size,
                       std::size_t alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, block_size, alignment));
  }
  ~HintedBlockAllocator() override { deinit(); }

  // Never leaves buffer, which is not owned; a misaligned one is used from its first aligned byte.
  // block_size in bytes, rounded up to a multiple of alignment, a power of two. For one thread.
  InitResult init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                  std::size_t alignment) noexcept {
    return store_.init(buffer, buffer_size, block_size, alignment);
  }
  // Forgets the buffer. Then alloc_block answers nullptr, through handles too, and init may be
  // called again; handles go on. With nobody else inside.
  void deinit() noexcept { store_.deinit(); }
  bool valid() const noexcept { return store_.valid(); }

  // A handle for one thread at a time. Any thread, also while others are inside. After the end of
  // this object it may be destroyed, but not used.
  [[nodiscard]] Cache cache() noexcept { return Cache(*this); }

  // Without a handle: looks at one word after another. For threads that come by once.
  [[nodiscard]] void* alloc_block() noexcept;
  void free_block(void* block) noexcept { store_.slots().give(store_.slot_of(block)); }

  bool owns(const void* pointer) const noexcept override { return store_.owns(pointer); }
  std::size_t block_size() const noexcept { return store_.geometry().block_size; }
  std::size_t alignment() const noexcept { return store_.geometry().alignment; }
  std::size_t capacity() const noexcept { return store_.geometry().blocks; }
  // Blocks handed out now. For a pool at rest; one step for each block.
  std::size_t used() const noexcept { return capacity() - store_.slots().free_blocks(); }
  // Blocks that were ever handed out: at least the most that were in use at the same time, and more
  // where handles look at different runs of blocks. Any thread, at any time; one step for each
  // block. A block counts as one that never was while it is free for the 2^31st time.
  std::size_t peak() const noexcept { return store_.slots().ever_taken(); }

  // Bytes that hold count blocks wherever the buffer lies, or in a buffer that is aligned to 64 and
  // to alignment; size_overflow when they do not fit.
  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return SlotStore<Slots>::buffer_bytes(count, block_size, alignment);
  }
  static constexpr std::size_t aligned_buffer_bytes(std::size_t count, std::size_t block_size,
                                                    std::size_t alignment) noexcept {
    return SlotStore<Slots>::aligned_buffer_bytes(count, block_size, alignment);
  }

  // For tools that show the pool's variables: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    store_.slots().describe(visit);
    visit.bookkeeping("next", next_);
  }

 private:
  void* block_of(std::size_t slot) const noexcept {
    return slot == Slots::none ? nullptr : store_.block(slot);
  }

  SlotStore<Slots> store_;
  typename B::template atomic<std::uint32_t> next_{0};  // a slot, or their number
};

// One thread's hints. Nothing has to be given back.
template <Backend B, unsigned Hints>
class alignas(64) HintedBlockAllocator<B, Hints>::Cache final : public BlockInterface<Cache> {
 public:
  explicit Cache(HintedBlockAllocator& pool) noexcept : pool_(pool) {
    next_ =
        static_cast<std::size_t>(std::uint64_t{lane_of<B>()} * pool.capacity() >> 32) / run * run;
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() override = default;

  // A block, or nullptr: at some moment of the call all were in use.
  [[nodiscard]] void* alloc_block() noexcept {
    do {
      while (count_ != 0) {
        --count_;
        const std::uint32_t slot = hints_[--top_ % Hints];
        void* block = pool_.store_.block(slot);  // before the CAS, which later loads wait for
        if (slots().claim(slot)) [[likely]]
          return block;
      }
    } while (look());
    return pool_.block_of(slots().take_surely());
  }
  // block: from this pool by whatever way, not freed since.
  void free_block(void* block) noexcept {
    const std::size_t slot = pool_.store_.slot_of(block);
    slots().give(slot);
    remember(slot);
  }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }

  // For tools: there is nothing that they would see.
  template <class Visitor>
  void describe(Visitor&&) const {}

 private:
  static constexpr std::size_t run = std::min(Hints / 2, 64U);  // blocks that are looked at at once

  Slots& slots() noexcept { return pool_.store_.slots(); }
  // In the place of the oldest, if need be.
  void remember(std::size_t slot) noexcept {
    hints_[top_++ % Hints] = static_cast<std::uint32_t>(slot);
    if (count_ != Hints) ++count_;
  }
  [[gnu::noinline]] bool look() noexcept;

  HintedBlockAllocator& pool_;
  unsigned top_ = 0;      // one after the newest hint
  unsigned count_ = 0;    // of hints
  std::size_t next_ = 0;  // the slot where look goes on, a multiple of run
  std::array<std::uint32_t, Hints> hints_;
};

template <Backend B, unsigned Hints>
void* HintedBlockAllocator<B, Hints>::alloc_block() noexcept {
  Slots& slots = store_.slots();
  std::size_t slot = next_.load(std::memory_order_relaxed);  // (7)
  for (std::size_t n = 0; n != capacity(); ++n, ++slot) {
    if (slot >= capacity()) slot = 0;
    if (!slots.claim(slot)) continue;
    next_.store(static_cast<std::uint32_t>(slot + 1), std::memory_order_relaxed);  // (7)
    return store_.block(slot);
  }
  return block_of(slots.take_surely());
}

// Makes hints of the first run that seems to have free blocks. false if none has.
template <Backend B, unsigned Hints>
bool HintedBlockAllocator<B, Hints>::Cache::look() noexcept {
  const std::size_t blocks = slots().blocks();
  for (std::size_t looked = 0; looked < blocks; looked += run) {
    const std::size_t first = next_ < blocks ? next_ : 0;
    next_ = first + run;
    for (std::size_t slot = std::min(next_, blocks); slot-- != first;) {
      if (slots().seems_free(slot)) remember(slot);
    }
    if (count_ != 0) return true;
  }
  return false;
}

}  // namespace poolproof
