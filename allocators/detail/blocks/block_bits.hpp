// BlockBits: which blocks of a pool are free. A bit for each block, BlocksPerWord of them in a word
// with two counts, of the blocks that were ever taken and of the frees, each word in a cache line
// of its own; above them summary words, one bit for each word, that say where to look. No links, so
// no ABA: a block is taken by a change of its own bit. No pointers either, so the words may lie in
// memory that several processes share.
//
// Why it is correct. The bits are the truth: a block is free where its bit is set, and whoever
// clears it owns the block. Summary words are hints, and may be wrong.
//   (1) load relaxed of a word: a guess at a free block, which (2) confirms.
//   (2) CAS of a word, which clears a bit. Acquire: pairs with (3) and sees what the last owner
//       wrote; all changes of a word are read-modify-writes, so its value continues the release
//       sequence of every free before it ([atomics.order]/5). Release: publishes to (4) that the
//       frees which this thread made or saw before are there. On failure in take: relaxed, as the
//       value is not used. Kept: release and (4) matter where read-modify-writes of different words
//       are seen in different orders; the model check makes all of them in one.
//   (3) fetch_add of a word, which sets a bit and counts. Release: publishes to (2) what the owner
//       wrote. A bit that was set already is a double free, found by the free itself. That stops
//       the program; other processes must not go on with the pool, whose word is spoilt by then.
//   (4) fetch_add of nothing to a word, and the failure of the CAS in the sure pass: acquire. Reads
//       the newest value ([atomics.order]/10), which a load need not. Pairs with (2) and (3): what
//       the threads that changed the words before this one had freed by then is seen in the words
//       that follow. Kept: see (2).
//   (5) load, CAS, relaxed, of a summary word, and load relaxed of a word behind it: hints.
//   (6) load relaxed of a word: with the pool at rest; or for a count that never goes down.
// Emptiness. That each word was empty when it was read says nothing: a block may be freed behind
// the reader, and another taken before him. So take answers none only after two passes over all
// words saw each of them empty, and as many frees in all. Then no word was freed into between its
// two reads, so each was empty from the one to the other, and between the passes all were at once.
// A word's count comes round after 2^26 frees: what deceives a call is 2^26 frees, of all words
// together, between its two passes.
// Ever taken. A claim takes the lowest free block of a word, so those that were ever taken are the
// first of them, and (2), which writes the word anyway, keeps their number.
//
// Progress: take is lock-free (a pass is repeated only where somebody freed meanwhile), give is
// wait-free but for the hints, whose loops end with another thread's success.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../backend.hpp"
#include "../../sizes.hpp"
#include "../check.hpp"

namespace poolproof {

// How tools read a word: its free blocks, as a bit each from bit 0 on, how many were ever taken,
// from bit 32 on, and how many frees there have been, from bit 38 on.
struct BitmapWord {
  unsigned blocks;
};

template <Backend B, unsigned BlocksPerWord>
class BlockBits {
  static_assert(BlocksPerWord >= 1 && BlocksPerWord <= 32);
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
                "lock-free, and so address-free ([atomics.lockfree]/5)");

 public:
  static constexpr std::uint64_t kind = 2;            // see SlotLayout
  static constexpr std::size_t none = size_overflow;  // no slot
  static constexpr std::size_t alignment = 64;        // of the memory, in bytes

  // Bytes of memory for so many blocks, a multiple of alignment; size_overflow when too many.
  static constexpr std::size_t bytes_for(std::size_t blocks) noexcept {
    const std::size_t words = words_for(blocks);
    return size_mul(size_add(words, groups_for(words)), sizeof(Line));
  }

  BlockBits() = default;
  // memory: bytes_for(blocks), not owned. Touches nothing.
  BlockBits(std::byte* memory, std::size_t blocks) noexcept
      : words_(reinterpret_cast<Line*>(memory)),
        groups_(words_ + words_for(blocks)),
        blocks_(blocks),
        word_count_(words_for(blocks)),
        group_count_(groups_for(word_count_)) {}

  // Every block is free. For one thread, before anybody else is there.
  void construct() noexcept {
    for (std::size_t word = 0; word != word_count_; ++word) {
      const std::size_t here = std::min<std::size_t>(blocks_ - word * BlocksPerWord, BlocksPerWord);
      std::construct_at(&words_[word], (std::uint64_t{1} << here) - 1);
    }
    for (std::size_t group = 0; group != group_count_; ++group) {
      const std::size_t here = std::min(word_count_ - group * words_per_group, words_per_group);
      std::construct_at(&groups_[group], (std::uint64_t{1} << here) - 1);
    }
  }
  void destroy() noexcept { std::destroy_n(words_, word_count_ + group_count_); }

  // A free block's slot, now the caller's; none if at some moment of the call no block was free.
  // lane: where to begin, in 1 / 2^32. announce(slot) is called before each attempt to take one.
  template <class Announce>
  std::size_t take(std::uint32_t lane, Announce announce) noexcept {
    if (word_count_ == 0) [[unlikely]]
      return none;
    constexpr unsigned tries = BlocksPerWord < 32 ? 1 : 4;  // few blocks: sure passes, soon
    std::size_t word = static_cast<std::size_t>(std::uint64_t{lane} * word_count_ >> 32);
    for (unsigned n = 0; n != tries; ++n) {
      if (const std::size_t slot = take_from(word, announce); slot != none) [[likely]]
        return slot;
      word = likely(word + 1);
    }
    return take_surely(announce);
  }

  // The caller's slot. Stops the program when it is free already.
  void give(std::size_t slot) noexcept {
    const std::size_t word = slot / BlocksPerWord;
    const std::uint64_t bit = bit_of(slot);
    const std::uint64_t before =
        words_[word].value.fetch_add(bit | one_free, std::memory_order_release);  // (3)
    check((before & bit) == 0, "a block is freed that is free already");
    if (free_in(before) == 0) [[unlikely]]
      raise(word);
  }

  // The word that a slot's bit is in; the bit; and the frees that a word counts.
  const auto& word_of(std::size_t slot) const noexcept {
    return words_[slot / BlocksPerWord].value;
  }
  static constexpr std::uint64_t frees_of(std::uint64_t word) noexcept { return word >> 38; }
  static constexpr std::uint64_t bit_of(std::size_t slot) noexcept {
    return std::uint64_t{1} << slot % BlocksPerWord;
  }
  // With the pool at rest.
  std::size_t free_blocks() const noexcept {
    return sum([](std::uint64_t value) { return std::popcount(free_in(value)); });
  }
  // Blocks that were ever taken.
  std::size_t ever_taken() const noexcept {
    return sum([](std::uint64_t value) { return ever_taken_in(value); });
  }

  // For tools: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor& visit) const {
    for (std::size_t n = 0; n != word_count_; ++n) {
      visit("word", n, words_[n].value, BitmapWord{BlocksPerWord});
    }
    for (std::size_t n = 0; n != group_count_; ++n) visit.bookkeeping("hint", n, groups_[n].value);
  }

 private:
  struct alignas(64) Line {
    explicit Line(std::uint64_t first) noexcept : value(first) {}
    typename B::template atomic<std::uint64_t> value;
  };
  // Few, so that threads which begin at different words do not meet where they write hints.
  static constexpr std::size_t words_per_group = 8;
  static constexpr std::uint64_t one_free = std::uint64_t{1} << 38;
  static constexpr std::uint64_t one_ever_taken = std::uint64_t{1} << 32;

  static constexpr std::size_t words_for(std::size_t blocks) noexcept {
    return blocks / BlocksPerWord + (blocks % BlocksPerWord != 0);
  }
  static constexpr std::size_t groups_for(std::size_t words) noexcept {
    return words / words_per_group + (words % words_per_group != 0);
  }
  static constexpr std::uint64_t free_in(std::uint64_t value) noexcept {
    return value & 0xffff'ffff;
  }
  static constexpr std::size_t slot_in(std::size_t word, std::uint64_t value) noexcept {
    return word * BlocksPerWord + static_cast<std::size_t>(std::countr_zero(value));
  }
  static constexpr unsigned ever_taken_in(std::uint64_t value) noexcept {
    return static_cast<unsigned>(value / one_ever_taken % (one_free / one_ever_taken));
  }
  // With its lowest free block, of which there is one, taken.
  static constexpr std::uint64_t without_first(std::uint64_t value) noexcept {
    const auto first = static_cast<unsigned>(std::countr_zero(value));
    std::uint64_t taken = value & (value - 1);
    if (const unsigned ever = ever_taken_in(value); first >= ever) [[unlikely]]
      taken += (first + 1 - ever) * one_ever_taken;
    return taken;
  }

  // Over all words.
  template <class Count>
  std::size_t sum(Count count) const noexcept {
    std::size_t total = 0;
    for (std::size_t word = 0; word != word_count_; ++word) {
      const std::uint64_t value = words_[word].value.load(std::memory_order_relaxed);  // (6)
      total += static_cast<std::size_t>(count(value));
    }
    return total;
  }

  template <class Announce>
  std::size_t take_from(std::size_t word, Announce& announce) noexcept {
    std::uint64_t value = words_[word].value.load(std::memory_order_relaxed);  // (1)
    if (free_in(value) == 0) return none;
    const std::size_t slot = slot_in(word, value);
    announce(slot);
    const std::uint64_t taken = without_first(value);
    if (!words_[word].value.compare_exchange_strong(value, taken, std::memory_order_acq_rel,
                                                    std::memory_order_relaxed)) {  // (2)
      return none;
    }
    if (free_in(taken) == 0) [[unlikely]]
      lower(word);
    return slot;
  }

  template <class Announce>
  [[gnu::noinline]] std::size_t take_surely(Announce& announce) noexcept {
    std::uint64_t before = 0;
    std::size_t slot = pass(before, announce);
    while (slot == none) {
      std::uint64_t frees = 0;
      slot = pass(frees, announce);
      if (frees == before) break;
      before = frees;
    }
    return slot;
  }
  // Takes the first block that any word has. Otherwise each was empty, and frees is how many there
  // had been by then.
  template <class Announce>
  std::size_t pass(std::uint64_t& frees, Announce& announce) noexcept {
    for (std::size_t word = 0; word != word_count_; ++word) {
      std::uint64_t value = words_[word].value.fetch_add(0, std::memory_order_acquire);  // (4)
      while (free_in(value) != 0) {
        const std::size_t slot = slot_in(word, value);
        announce(slot);
        if (words_[word].value.compare_exchange_strong(value, without_first(value),
                                                       std::memory_order_acq_rel,
                                                       std::memory_order_acquire)) {  // (2) (4)
          raise(word);
          return slot;
        }
      }
      frees += frees_of(value);
    }
    return none;
  }

  // A word at or behind this one, cyclically, that has a free block as far as is known.
  std::size_t likely(std::size_t word) const noexcept {
    if (word >= word_count_) word = 0;
    for (std::size_t n = 0; n <= group_count_; ++n) {
      const std::size_t group = word / words_per_group;
      const std::uint64_t bits = groups_[group].value.load(std::memory_order_relaxed) >>  // (5)
                                 (word % words_per_group);
      if (bits != 0) return word + static_cast<std::size_t>(std::countr_zero(bits));
      word = group + 1 == group_count_ ? 0 : (group + 1) * words_per_group;
    }
    return word;
  }
  void raise(std::size_t word) noexcept {
    auto& group = groups_[word / words_per_group].value;
    const std::uint64_t bit = std::uint64_t{1} << word % words_per_group;
    std::uint64_t value = group.load(std::memory_order_relaxed);  // (5)
    while ((value & bit) == 0 &&
           !group.compare_exchange_weak(value, value | bit, std::memory_order_relaxed,
                                        std::memory_order_relaxed)) {  // (5)
    }
  }
  [[gnu::noinline]] void lower(std::size_t word) noexcept {
    auto& group = groups_[word / words_per_group].value;
    const std::uint64_t bit = std::uint64_t{1} << word % words_per_group;
    std::uint64_t value = group.load(std::memory_order_relaxed);  // (5)
    while ((value & bit) != 0 &&
           !group.compare_exchange_weak(value, value & ~bit, std::memory_order_relaxed,
                                        std::memory_order_relaxed)) {  // (5)
    }
    // Somebody may have freed into the word before its bit went.
    if (free_in(words_[word].value.load(std::memory_order_relaxed)) != 0) raise(word);  // (5)
  }

  Line* words_ = nullptr;
  Line* groups_ = nullptr;
  std::size_t blocks_ = 0;
  std::size_t word_count_ = 0;
  std::size_t group_count_ = 0;
};

}  // namespace poolproof
