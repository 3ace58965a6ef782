// The bodies of BuddyChunk: alloc and free; included by buddy_chunk.hpp.
#pragma once

#include "buddy_chunk.hpp"
#include "buddy_hints.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder>
inline auto BuddyChunk<B, WordOrder>::place_of(std::size_t leaf, unsigned order) const noexcept
    -> Place {
  if (order <= WordOrder) {
    return {0, order, leaf >> WordOrder, static_cast<unsigned>(leaf % Leaf::slots)};
  }
  const unsigned level = geometry_.level_of(order);
  const unsigned slot = geometry_.slot_order(level);
  return {level, order - slot, leaf >> (slot + 2), field_shift(leaf >> slot)};
}

template <Backend B, unsigned WordOrder>
inline std::size_t BuddyChunk<B, WordOrder>::alloc(unsigned order,
                                                   std::uint32_t lane) const noexcept {
  const unsigned level = geometry_.level_of(order);
  if (level > geometry_.top) return none;
  if (level == 0) return taken(search<Leaf>(0, order, lane), order);
  return taken(search<Node>(level, order - geometry_.slot_order(level), lane), order);
}

template <Backend B, unsigned WordOrder>
std::size_t BuddyChunk<B, WordOrder>::alloc_surely(unsigned order) const noexcept {
  const unsigned level = geometry_.level_of(order);
  if (level > geometry_.top) return none;
  if (level == 0) return taken(scan<Leaf>(0, order, 0, Look::surely), order);
  return taken(scan<Node>(level, order - geometry_.slot_order(level), 0, Look::surely), order);
}

template <Backend B, unsigned WordOrder>
inline std::size_t BuddyChunk<B, WordOrder>::taken(std::size_t leaf,
                                                   unsigned its_order) const noexcept {
  if (leaf != none) order(leaf).set(static_cast<std::uint8_t>(its_order + 1));
  return leaf;
}

// In each group of words that share a word of hints: rather one that is in use already.
template <Backend B, unsigned WordOrder>
template <class W>
inline std::size_t BuddyChunk<B, WordOrder>::search(unsigned level, unsigned run,
                                                    std::uint32_t lane) const noexcept {
  const BuddyGeometry::Level& its = geometry_.levels[level];
  const auto first = [lane](std::size_t count) {
    return static_cast<std::size_t>((std::uint64_t{count} * lane) >> 32);
  };
  if (its.hint_words == 0) return scan<W>(level, run, first(its.words), Look::quickly);
  const std::size_t begin = first(its.hint_words);
  std::size_t group = begin;
  do {
    const std::uint64_t hint = hints(level)[group].load(std::memory_order_relaxed);  // (5)
    std::uint64_t found = buddy_hints::at_least(hint, run + 1);
    while (found != 0) {
      const std::uint64_t open = found & ~buddy_hints::at_least(hint, W::slot_order + 1);
      const std::size_t in_group = buddy_hints::first(open != 0 ? open : found);
      const std::size_t leaf = try_word<W>(level, group * 8 + in_group, run, Look::quickly);
      if (leaf != none) return leaf;
      found &= ~(std::uint64_t{0x80} << buddy_hints::shift(in_group));
    }
    if (++group == its.hint_words) group = 0;
  } while (group != begin);
  return none;
}

template <Backend B, unsigned WordOrder>
template <class W>
std::size_t BuddyChunk<B, WordOrder>::scan(unsigned level, unsigned run, std::size_t first,
                                           Look how) const noexcept {
  const std::size_t count = geometry_.levels[level].words;
  std::size_t i = first;
  do {
    const std::size_t leaf = try_word<W>(level, i, run, how);
    if (leaf != none) return leaf;
    if (++i == count) i = 0;
  } while (i != first);
  return none;
}

template <Backend B, unsigned WordOrder>
template <class W>
inline std::size_t BuddyChunk<B, WordOrder>::try_word(unsigned level, std::size_t i, unsigned run,
                                                      Look how) const noexcept {
  Word& word = words(level)[i];
  std::uint64_t now = read(word, how);  // (1)
  for (;;) {
    const unsigned bit = W::pick(now, run);
    if (bit == W::no_bit) break;
    const bool must_hold = now == 0 && level != geometry_.top;
    if (must_hold && !hold(level + 1, i, how)) {
      lower(level, i, 0);
      return none;
    }
    if (word.compare_exchange_weak(now, now | W::mask(run, bit), std::memory_order_acq_rel,
                                   std::memory_order_relaxed)) {  // (2)
      return ((i << W::slot_order) + bit / W::width) << geometry_.slot_order(level);
    }
    if (must_hold) drop(level + 1, i);
  }
  lower(level, i, W::largest(now));
  return none;
}

template <Backend B, unsigned WordOrder>
bool BuddyChunk<B, WordOrder>::hold(unsigned level, std::size_t child, Look how) const noexcept {
  Word& node = words(level)[child / 4];
  std::uint64_t now = read(node, how);  // (1)
  for (;;) {
    if (field(now, child) >= most_holds) return false;
    const bool must_hold = now == 0 && level != geometry_.top;
    if (must_hold && !hold(level + 1, child / 4, how)) return false;
    if (node.compare_exchange_weak(now, now + (std::uint64_t{1} << field_shift(child)),
                                   std::memory_order_acq_rel, std::memory_order_relaxed)) {  // (3)
      return true;
    }
    if (must_hold) drop(level + 1, child / 4);
  }
}

template <Backend B, unsigned WordOrder>
void BuddyChunk<B, WordOrder>::drop(unsigned level, std::size_t child) const noexcept {
  const std::uint64_t one = std::uint64_t{1} << field_shift(child);
  const std::size_t i = child / 4;
  const std::uint64_t left =
      words(level)[i].fetch_sub(one, std::memory_order_acq_rel) - one;  // (4)
  if (field(left, child) != 0) return;
  if (has_hints(level)) raise(level, i, Node::merged(left, 0, field_shift(child)));
  if (left == 0 && level != geometry_.top) drop(level + 1, i);
}

template <Backend B, unsigned WordOrder>
inline unsigned BuddyChunk<B, WordOrder>::free(std::size_t leaf) const noexcept {
  const unsigned k = order_of(leaf);
  order(leaf).set(0);
  if (k <= WordOrder) {
    give<Leaf>(place_of(leaf, k));
  } else {
    give<Node>(place_of(leaf, k));
  }
  return k;
}

template <Backend B, unsigned WordOrder>
template <class W>
inline void BuddyChunk<B, WordOrder>::give(const Place& place) const noexcept {
  const auto [level, run, i, bit] = place;
  const std::uint64_t mask = W::mask(run, bit);
  if (level != 0) raise_below(place);
  const std::uint64_t was = words(level)[i].fetch_sub(mask, std::memory_order_acq_rel);  // (4)
  check((was & mask) == mask, "free: freed by two threads at once");
  if (has_hints(level)) raise(level, i, W::merged(was - mask, run, bit));
  if (was == mask && level != geometry_.top) drop(level + 1, i);
}

template <Backend B, unsigned WordOrder>
void BuddyChunk<B, WordOrder>::raise(unsigned level, std::size_t i, unsigned hint) const noexcept {
  Word& word = hints(level)[i / 8];
  std::uint64_t now = word.load(std::memory_order_relaxed);  // (5)
  while (buddy_hints::get(now, i) < hint &&
         !word.compare_exchange_weak(now, buddy_hints::with(now, i, hint),
                                     std::memory_order_relaxed,
                                     std::memory_order_relaxed)) {  // (5)
  }
}

template <Backend B, unsigned WordOrder>
void BuddyChunk<B, WordOrder>::lower(unsigned level, std::size_t i, unsigned hint) const noexcept {
  if (!has_hints(level)) return;
  Word& word = hints(level)[i / 8];
  std::uint64_t now = word.load(std::memory_order_relaxed);  // (5)
  if (buddy_hints::get(now, i) == hint) return;
  static_cast<void>(word.compare_exchange_weak(now, buddy_hints::with(now, i, hint),
                                               std::memory_order_relaxed,
                                               std::memory_order_relaxed));  // (5)
}

// All words below are free with the block. Said before it is, so that no later word is overwritten.
template <Backend B, unsigned WordOrder>
void BuddyChunk<B, WordOrder>::raise_below(const Place& place) const noexcept {
  std::size_t first = place.word * 4 + place.bit / field_bits;
  std::size_t count = std::size_t{1} << place.run;
  for (unsigned level = place.level; level-- != 0; first *= 4, count *= 4) {
    if (!has_hints(level)) continue;
    const unsigned hint = (level == 0 ? Leaf::slot_order : Node::slot_order) + 1;
    for (std::size_t i = first; i != first + count;) {
      if (i % 8 == 0 && first + count - i >= 8) {
        hints(level)[i / 8].store(hint * buddy_hints::lows, std::memory_order_relaxed);  // (5)
        i += 8;
      } else {
        raise(level, i++, hint);
      }
    }
  }
}

}  // namespace poolproof

#include "buddy_chunk_rest.hpp"
