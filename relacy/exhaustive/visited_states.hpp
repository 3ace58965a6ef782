// VisitedStates: states from which a search has tried all there is, by their hashes; shared with
// the processes that are forked while it lives. Of a fixed size: when it is full, a new state takes
// the place of an old one, which costs time and no more. Lock-free.
//
// With each state stands, for each actor, how many of the newest stores its next step was tried
// with (any step that is no load: 0 or most_tried). All executions from that state on are known but
// for those that begin, as far as anybody can tell, with a step that was not tried so far.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

#include "relacy/engine/state_hash.hpp"
#include "relacy/memory/store_list.hpp"

namespace poolproof {

class VisitedStates {
 public:
  static constexpr unsigned most_tried = StoreList::most;

  // Of four actors, four bits each.
  class TriedStores {
   public:
    constexpr TriedStores() noexcept = default;

    constexpr unsigned of(unsigned actor) const noexcept { return bits_ >> 4 * actor & 15; }
    constexpr void set(unsigned actor, unsigned stores) noexcept {
      bits_ = static_cast<std::uint16_t>((bits_ & ~(15U << 4 * actor)) | stores << 4 * actor);
    }
    constexpr bool covers(TriedStores other) const noexcept {
      for (unsigned actor = 0; actor != 4; ++actor) {
        if (of(actor) < other.of(actor)) return false;
      }
      return true;
    }
    // Where either has tried it.
    constexpr TriedStores with(TriedStores other) const noexcept {
      TriedStores both;
      for (unsigned actor = 0; actor != 4; ++actor) {
        both.set(actor, std::max(of(actor), other.of(actor)));
      }
      return both;
    }
    constexpr std::uint16_t bits() const noexcept { return bits_; }

   private:
    std::uint16_t bits_ = 0;
  };

  // slots: at least 8, a power of two, of 8 bytes each. Throws std::bad_alloc.
  explicit VisitedStates(std::size_t slots = std::size_t{1} << 25)
      : slots_(slots),
        memory_(mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
  }
  VisitedStates(const VisitedStates&) = delete;
  VisitedStates& operator=(const VisitedStates&) = delete;
  ~VisitedStates() { munmap(memory_, bytes()); }

  // What was tried from there; nothing, if it is not known.
  TriedStores find(const StateKey& state) const noexcept {
    for (Level level = first_level(); level.slots != 0; level = next_level(level)) {
      bool room = false;
      for (Word& slot : bucket(level, state)) {
        const Word word = at(slot).load(relaxed);  // (1)
        if (word >> 8 == tag(state)) return unpacked(word);
        room = room || word == 0;
      }
      if (room) break;
    }
    return {};
  }
  // known: what find() has said before the rest was tried; tried: that and the rest. If others have
  // tried something else from there meanwhile, these two do not add up to more than either.
  void add(const StateKey& state, TriedStores known, TriedStores tried) noexcept {
    const Word mine = tag(state) << 8 | packed(tried);
    Word* last = nullptr;
    for (Level level = first_level(); level.slots != 0; level = next_level(level)) {
      const Bucket slots = bucket(level, state);
      last = slots.data();
      for (Word& slot : slots) {
        Word word = at(slot).load(relaxed);  // (1)
        if (word != 0 && word >> 8 != tag(state)) continue;
        const TriedStores theirs = unpacked(word);
        if (word == 0 || theirs.bits() == known.bits() || tried.covers(theirs)) {
          // (2) Where another has been quicker, this is lost.
          at(slot).compare_exchange_strong(word, mine, relaxed);
        }
        return;
      }
    }
    at(last[state.high >> 32 & (bucket_slots - 1)]).store(mine, relaxed);  // (3) so is that
  }

 private:
  using Word = std::uint64_t;
  // A word says all there is about its state and stands for nothing else in memory, and what failed
  // on the way is told otherwise: so all operations are relaxed.
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr std::size_t bucket_slots = 8;  // a cache line

  using Bucket = std::span<Word, bucket_slots>;
  // The table has several levels, each of them eight times as large as the one before it, and goes
  // on to the next where there is no room: so a small search touches few pages.
  struct Level {
    Word* start;
    std::size_t slots;
  };
  static constexpr std::size_t first_slots = 1 << 13;

  Level first_level() const noexcept {
    return {static_cast<Word*>(memory_), std::min(first_slots, slots_)};
  }
  Level next_level(const Level& level) const noexcept {
    if (level.slots == slots_) return {nullptr, 0};
    return {level.start + level.slots, std::min(level.slots * 8, slots_)};
  }
  std::size_t bytes() const noexcept { return 2 * slots_ * sizeof(Word); }  // at most

  // In the table two bits each: none, one, two or all of them. What lies between counts as two.
  static Word packed(TriedStores tried) noexcept {
    Word bits = 0;
    for (unsigned actor = 0; actor != 4; ++actor) {
      const unsigned stores = tried.of(actor);
      bits |= Word{stores == most_tried ? 3 : std::min(stores, 2U)} << 2 * actor;
    }
    return bits;
  }
  static TriedStores unpacked(Word word) noexcept {
    TriedStores tried;
    for (unsigned actor = 0; actor != 4; ++actor) {
      const auto bits = static_cast<unsigned>(word >> 2 * actor & 3);
      tried.set(actor, bits == 3 ? most_tried : bits);
    }
    return tried;
  }
  static std::atomic_ref<Word> at(Word& word) noexcept { return std::atomic_ref<Word>(word); }
  static Word tag(const StateKey& state) noexcept { return state.low >> 8 | 1; }
  static Bucket bucket(const Level& level, const StateKey& state) noexcept {
    return Bucket(level.start + (state.high & (level.slots - 1) & ~(bucket_slots - 1)),
                  bucket_slots);
  }

  std::size_t slots_;
  void* memory_;
};

}  // namespace poolproof
