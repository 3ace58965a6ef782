// BlockStates: which blocks of a pool are free. A word for each block counts its changes, and is
// odd while the block is free. No links, so no ABA: a block is taken by a change of its own word.
//
// Why it is correct. The words are the truth: whoever makes a word even owns its block, and makes
// it odd again. All else that a pool knows of a block is a hint, and may be wrong.
//   (1) load relaxed of a word: a guess that the block is free, which (2) confirms.
//   (2) CAS of a word, from odd to even, which takes the block. Acquire: pairs with (3) and sees
//       what the last owner wrote; between the two, the word has been changed by (4) alone, whose
//       read-modify-writes continue the release sequence ([atomics.order]/5). Release: publishes to
//       (4) that the frees which this thread made or saw before are there. On failure in claim:
//       relaxed, as the value is not used. Kept: release and (4) matter where read-modify-writes of
//       different words are seen in different orders; the model check makes all of them in one.
//   (3) fetch_add of one to a word, from even to odd, which frees the block. Release: publishes to
//       (2) what the owner wrote. A store would do for that; but then (4) need not see it, even
//       when the free has returned: a read-modify-write comes behind the store that it reads, and
//       before a plain store that its thread has not heard of. So all changes of a word are
//       read-modify-writes. It also finds each double free.
//   (4) fetch_add of nothing to a word, and the failure of the CAS in the sure pass: acquire. The
//       fetch_add reads the newest value ([atomics.order]/10), which a load need not. Nor need the
//       CAS; but the word has changed since then, so this pass and the one before it differ in
//       their sums. Pairs with (2) and (3):
//       what the threads that changed the words before this one had freed by then is seen in the
//       words that follow. Kept: see (2).
//   (5) load relaxed of a word: with the pool at rest; or to see that its block was ever taken,
//       which stays so.
// Emptiness. That each block was in use when its word was read says nothing: one may be freed
// behind the reader, and another taken before him. So take_surely answers none only after two
// passes over all words saw each of them even, with the same sum. No word ever goes down, so then
// none was changed between its two reads, and between the passes all blocks were in use at once. A
// word comes round after 2^31 frees of its block, within one call.
//
// Progress: claim and give are wait-free; take_surely is lock-free, as a pass is repeated only
// where somebody freed meanwhile. A double free is found by the free itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../backend.hpp"
#include "../../sizes.hpp"
#include "../check.hpp"

namespace poolproof {

// How tools read a word.
struct BlockState {};

template <Backend B>
class BlockStates {
 public:
  static constexpr std::uint64_t kind = 16;           // see SlotLayout
  static constexpr std::size_t none = size_overflow;  // no slot
  static constexpr std::size_t alignment = 64;        // of the memory, in bytes
  static constexpr std::size_t most_blocks = ~std::uint32_t{0};

  // Bytes of memory that this number of blocks takes, a multiple of alignment; size_overflow when
  // there are too many blocks.
  static constexpr std::size_t bytes_for(std::size_t blocks) noexcept {
    const std::size_t bytes = size_mul(blocks, sizeof(Word));
    if (blocks > most_blocks || bytes == size_overflow) return size_overflow;
    return align_up(bytes, alignment);
  }

  BlockStates() = default;
  // memory: bytes_for(blocks), not owned. Touches nothing.
  BlockStates(std::byte* memory, std::size_t blocks) noexcept
      : words_(reinterpret_cast<Word*>(memory)), blocks_(blocks) {}

  // Every block is free. For one thread, before anybody else is there.
  void construct() noexcept {
    for (std::size_t slot = 0; slot != blocks_; ++slot) {
      std::construct_at(&words_[slot], never_taken);
    }
  }
  void destroy() noexcept { std::destroy_n(words_, blocks_); }

  std::size_t blocks() const noexcept { return blocks_; }

  // Takes the block, if it is free. slot: any number.
  bool claim(std::size_t slot) noexcept {
    if (slot >= blocks_) [[unlikely]]
      return false;
    auto& word = words_[slot].value;
    std::uint32_t value = word.load(std::memory_order_relaxed);  // (1)
    return is_free(value) &&
           word.compare_exchange_strong(value, value + 1, std::memory_order_acq_rel,
                                        std::memory_order_relaxed);  // (2)
  }
  // slot: below blocks().
  bool seems_free(std::size_t slot) const noexcept {
    return is_free(words_[slot].value.load(std::memory_order_relaxed));  // (1)
  }
  // The caller's slot. Stops the program when it is free already.
  void give(std::size_t slot) noexcept {
    auto& word = words_[slot].value;
    const std::uint32_t value = word.fetch_add(1, std::memory_order_release);  // (3)
    check(!is_free(value), "a block is freed that is free already");
  }
  // A free block's slot, now the caller's; none if at some moment of the call no block was free.
  [[gnu::noinline]] std::size_t take_surely() noexcept {
    std::uint64_t before = 0;
    std::size_t slot = pass(before);
    while (slot == none) {
      std::uint64_t changes = 0;
      slot = pass(changes);
      if (changes == before) break;
      before = changes;
    }
    return slot;
  }

  // With the pool at rest.
  std::size_t free_blocks() const noexcept { return count(is_free); }
  // Blocks that were ever taken: those whose words have changed. One whose count has come round
  // just now, after 2^31 frees of it, is not seen.
  std::size_t ever_taken() const noexcept {
    return count([](std::uint32_t value) { return value != never_taken; });
  }

  // For tools: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor& visit) const {
    for (std::size_t n = 0; n != blocks_; ++n) visit("state", n, words_[n].value, BlockState{});
  }

 private:
  struct Word {
    explicit Word(std::uint32_t first) noexcept : value(first) {}
    typename B::template atomic<std::uint32_t> value;
  };

  static constexpr std::uint32_t never_taken = 1;
  static constexpr bool is_free(std::uint32_t value) noexcept { return (value & 1) != 0; }

  // Words of which this is so.
  template <class Is>
  std::size_t count(Is is) const noexcept {
    std::size_t found = 0;
    for (std::size_t slot = 0; slot != blocks_; ++slot) {
      found += is(words_[slot].value.load(std::memory_order_relaxed)) ? 1 : 0;  // (5)
    }
    return found;
  }

  // Takes the first block that is free. Otherwise each was in use, and changes is the sum of what
  // all had counted by then.
  std::size_t pass(std::uint64_t& changes) noexcept {
    for (std::size_t slot = 0; slot != blocks_; ++slot) {
      auto& word = words_[slot].value;
      std::uint32_t value = word.fetch_add(0, std::memory_order_acquire);  // (4)
      while (is_free(value)) {
        if (word.compare_exchange_strong(value, value + 1, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {  // (2) (4)
          return slot;
        }
      }
      changes += value;
    }
    return none;
  }

  Word* words_ = nullptr;
  std::size_t blocks_ = 0;
};

}  // namespace poolproof
