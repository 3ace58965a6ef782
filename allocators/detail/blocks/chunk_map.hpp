// ChunkMap: the chunks of a growing pool, found by number and by an address in them.
//
// From number to chunk: a directory of levels, where level k holds the chunks [2^k, 2^(k+1)). From
// address to number: a hash table of numbers, open addressing, keyed by the granule that the chunk
// starts in; a granule is a power of two of bytes, and no smaller than a chunk, so what holds an
// address starts in the address's granule or in the one before. So a chunk may lie anywhere: one
// that had to be aligned to its size would cost up to four times its bytes in a heap. Both lie in
// the tail of chunk 2^k: nothing moves when the pool grows, and the base is asked for nothing but
// chunks. Each level has a table of its own, of four cells for each of its chunks, which numbers
// all chunks up to its last; finds that begin later use the newest one only. Granules are counted
// from chunk 0, so that a pool looks the same wherever it lies. Chunk 0 itself is not in the table.
//
// Why it is correct. State: an entry and a level are written once, with the pool's growth lock
// held, before the chunk's blocks are published, by (F3) of the store: whoever has a block of a
// chunk may read its entry. A cell goes once from 0 to a number. A find passes cells of other
// chunks:
//   (C1) load acquire of newest_, pairs with (C2): the table is filled, with the chunk looked for.
//        Kept: shown from 6 blocks on, where the model's pools have a second table.
//   (C2) store release of newest_, by the grower: publishes a level and its table. Kept: as (C1).
//   (C3) load acquire of a cell, pairs with (C4): the entry of the number found there may be read,
//        though its chunk is not the one looked for. Kept: a search would have to meet chunks
//        whose granules begin their probes side by side, which the model's chunks do not.
//   (C4) store release of a cell, by the grower: publishes the entry. Kept: as (C3).
//   (C5) load relaxed of a cell by the grower: only growers write, and the growth lock orders them.
//   (C6) store relaxed of newest_ in reset, where nobody else is inside.
// A find never misses a chunk whose block the caller has: that chunk was in the table of (C2), or
// its (C4) came before the block; cells never become empty, so no probe stops before it. Less than
// half of the cells are taken, so every probe stops. Progress: find is wait-free: at most
// as many steps as its table has cells.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../sizes.hpp"
#include "../../std_backend.hpp"

namespace poolproof {

template <Backend B>
class ChunkMap {
 public:
  // For chunks of chunk_bytes bytes, their tails not counted. With no chunk in it.
  void init(std::size_t chunk_bytes) noexcept {
    chunk_bytes_ = chunk_bytes;
    granule_bits_ = static_cast<unsigned>(std::bit_width(chunk_bytes - 1));
  }

  // Bytes that chunk n needs behind its own, at an address aligned to tail_alignment; 0: none.
  static constexpr std::size_t tail_bytes(std::size_t n) noexcept {
    if (n == 0 || !std::has_single_bit(n)) return 0;
    return size_add(cells_offset(n), size_mul(cells_of(n), sizeof(Cell)));
  }

  // Chunk n; it is there.
  std::byte* chunk(std::size_t n) const noexcept { return n == 0 ? first() : entry(n).get(); }
  std::byte* first() const noexcept { return first_.get(); }

  // The number of the chunk that pointer lies in; 0 when it is in none, or in chunk 0.
  std::size_t find(const void* pointer) const noexcept {
    const unsigned levels = newest_.load(std::memory_order_acquire);  // (C1)
    if (levels == 0) return 0;
    const std::size_t granule = granule_of(pointer);
    const std::size_t found = find_in(levels - 1, granule, pointer);
    return found != 0 ? found : find_in(levels - 1, granule - 1, pointer);
  }

  // Chunk n, the next, lies at start, with its tail at tail. The caller holds the growth lock, and
  // has not published a block of it. Takes one step; where chunk n has a tail, n steps.
  void add(std::size_t n, std::byte* start, std::byte* tail) noexcept {
    if (n == 0) return first_.set(start);
    const unsigned level = level_of(n);
    if (!std::has_single_bit(n)) {
      entry(n).set(start);
      return put(level, n);
    }
    auto* entries = reinterpret_cast<Entry*>(tail);
    std::uninitialized_default_construct_n(entries, n);
    levels_[level].set(entries);
    for (std::size_t i = 0; i != cells_of(n); ++i) std::construct_at(&cells(level)[i], 0u);
    entry(n).set(start);
    for (std::size_t m = 1; m <= n; ++m) put(level, m);
    newest_.store(level + 1, std::memory_order_release);  // (C2)
  }

  // Before chunk n goes, the last one there.
  void end(std::size_t n) noexcept {
    if (tail_bytes(n) == 0) return;
    const unsigned level = level_of(n);
    std::destroy_n(cells(level), cells_of(n));
    std::destroy_n(&entry(n), n);
  }
  // After the last chunk has gone.
  void reset() noexcept {
    first_.set(nullptr);
    newest_.store(0, std::memory_order_relaxed);  // (C6)
  }

  // The n chunks that may be there, for tools, as BlockStore::describe; each(m, start) of each.
  template <class Visitor, class Each>
  void describe(Visitor&& visit, std::size_t n, Each&& each) const;

  // The tail is aligned to this, which is no more than the alignment of a chunk with links.
  static constexpr std::size_t tail_alignment = alignof(typename B::template var<std::byte*>);

 private:
  using Entry = typename B::template var<std::byte*>;
  using Level = typename B::template var<Entry*>;
  using Cell = typename B::template atomic<std::uint32_t>;  // the number of a chunk; 0: empty

  static constexpr unsigned level_of(std::size_t n) noexcept {
    return static_cast<unsigned>(std::bit_width(n | 1)) - 1;
  }
  static constexpr std::size_t cells_of(std::size_t n) noexcept { return size_mul(4, n); }
  static constexpr std::size_t cells_offset(std::size_t n) noexcept {
    return align_up(size_mul(n, sizeof(Entry)), alignof(Cell));
  }
  Entry& entry(std::size_t n) const noexcept {
    const unsigned level = level_of(n);
    return levels_[level].get()[n - (std::size_t{1} << level)];
  }
  Cell* cells(unsigned level) const noexcept {
    auto* entries = reinterpret_cast<std::byte*>(levels_[level].get());
    return reinterpret_cast<Cell*>(entries + cells_offset(std::size_t{1} << level));
  }
  std::size_t granule_of(const void* pointer) const noexcept {
    return (address(pointer) - address(first())) >> granule_bits_;
  }
  // The probe for a granule begins here; those of neighbours lie far apart (Knuth, TAOCP 3, 6.4).
  static constexpr std::size_t home(unsigned level, std::uint64_t granule) noexcept {
    return static_cast<std::size_t>(granule * 0x9e37'79b9'7f4a'7c15 >> (62 - level));
  }
  std::size_t find_in(unsigned level, std::size_t granule, const void* pointer) const noexcept {
    const Cell* table = cells(level);
    const std::size_t mask = (std::size_t{4} << level) - 1;
    for (std::size_t i = home(level, granule);; i = (i + 1) & mask) {
      const std::size_t n = table[i].load(std::memory_order_acquire);  // (C3)
      if (n == 0 || address(pointer) - address(entry(n).get()) < chunk_bytes_) return n;
    }
  }
  void put(unsigned level, std::size_t n) noexcept {
    Cell* table = cells(level);
    const std::size_t mask = (std::size_t{4} << level) - 1;
    std::size_t i = home(level, granule_of(entry(n).get()));
    while (table[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & mask;  // (C5)
    table[i].store(static_cast<std::uint32_t>(n), std::memory_order_release);  // (C4)
  }

  std::size_t chunk_bytes_ = 0;
  unsigned granule_bits_ = 0;
  Entry first_;                                           // chunk 0
  Level levels_[32];                                      // of the others
  typename B::template atomic<std::uint32_t> newest_{0};  // levels there
};

template <Backend B>
template <class Visitor, class Each>
void ChunkMap<B>::describe(Visitor&& visit, std::size_t n, Each&& each) const {
  visit.bookkeeping("levels", newest_);
  for (std::size_t m = 0; m < n; ++m) {
    const unsigned level = level_of(m);
    const bool has_tail = m != 0 && std::has_single_bit(m);
    if (has_tail) visit.bookkeeping("level", level, levels_[level]);
    const Entry* entries = m == 0 ? &first_ : visit.peek(levels_[level]);
    if (entries == nullptr) return;
    if (has_tail) {
      const auto* table = reinterpret_cast<const Cell*>(
          reinterpret_cast<const std::byte*>(entries) + cells_offset(m));
      for (std::size_t i = 0; i != cells_of(m); ++i)
        visit.bookkeeping("cell", cells_of(m) + i, table[i]);
    }
    const Entry& its_entry = entries[m == 0 ? 0 : m - (std::size_t{1} << level)];
    visit.bookkeeping("chunk", m, its_entry);
    const std::byte* start = visit.peek(its_entry);
    if (start == nullptr) return;
    each(m, start);
  }
}

}  // namespace poolproof
