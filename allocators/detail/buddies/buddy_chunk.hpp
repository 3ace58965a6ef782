// BuddyChunk: a buddy allocator over one chunk of memory, for any number of threads. A view: the
// state lies in the chunk itself.
//
// State. Level 0 has a bit for each leaf, 1 = used, in words of 2^word_order leaves: a free block
// of order k is an aligned run of 2^k clear bits, so two free buddies are one free block, and
// nothing has to be merged. A word takes blocks of its own size at most. Above each four words
// stands a node, above each four nodes another one: a node has a field of 16 bits for each child.
// The field is 0 (all of the child is free), or counts the holds on the child, or is `whole` (it
// belongs to a block of an order that is taken in this node, which takes two or four fields, or
// further above). Invariant: (I1) a word that is not 0 has a hold in its parent's field, from
// before it became so until after it is 0 again. (I2) a field that is whole has no hold, so by (I1)
// all words below are 0. (I3) a word is changed from 0 only by a thread that has a hold on it. So a
// run of zeros in a word at any level is a free block if a hold on that word can be had, and one
// CAS takes it.
//   (1) load relaxed of a word, or, where it counts (Look::surely), fetch_add of nothing, relaxed:
//       a read-modify-write reads the newest value ([atomics.order]/10), a load need not. Its value
//       is confirmed by (2) or (3).
//   (2) CAS of a word, the alloc. Acquire: from (4), to have all that the last owners of these
//       leaves wrote, orders included. Release: where the word was 0, the memory may have come from
//       a block of a higher order, whose free this thread learnt of from (3); who takes the next
//       leaves of the word learns of it from here. Relaxed on failure: what it has read is the next
//       attempt's, as (1). No ABA: the word's value is all of its state.
//   (3) CAS of a node, a hold on a child. Acquire and release as (2), and relaxed on failure: it
//       stands for an alloc in the child. Kept: release matters from the second level of nodes on,
//       to a thread that holds the child too and so does not look further up; an audit shows it
//       with --blocks 8, where the model's pool has two levels.
//   (4) fetch_sub of the bits of a block from its word, the free, or of a hold from a field.
//       Release: publishes the owner's writes and the cleared order to (2) and (3). Acquire: if the
//       word is 0 now, this thread gives up the hold, and so publishes one level further up what
//       all who freed in this word before wrote. Kept: for a hold acquire matters from the second
//       level of nodes on, as (3). Bits that were clear: a second free of the same block.
//   (5) load, CAS and store relaxed of hints: see below. They publish nothing.
//   (6) load relaxed by observers, exact at rest; and init, with nobody else inside.
// 1 + the order of a block lies in a plain variable for its first leaf, 0 where no block begins:
// its owner alone touches it, after (2), and until (4). So a free at any other place is seen.
//
// Hints: for each word 1 + the largest order of a free run in it, or more, or (when two threads
// changed it at once) less. Too much costs a look; too little is mended by a search that looks at
// every word before it fails.
//
// Progress: free is wait-free, a step or two for each level; alloc is lock-free: a CAS fails only
// (but for spurious failures) because another thread's operation took a step, and one that gives up
// a hold does so because another took the word's memory. A field counts 65,534 holds; while as many
// threads are stopped in one word, further ones find it taken.
//
// Why holds, and not a claim of each word in turn that is rolled back where one is in use: such a
// claim hides free memory meanwhile, so that other allocs fail spuriously. A hold hides it only
// from blocks that are larger than the word. Kin: LLFree (Wrenger and others, USENIX ATC 2023),
// with counters above bit fields; the tree of Marotta and others (CLUSTER 2018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "../../std_backend.hpp"
#include "../check.hpp"
#include "buddy_geometry.hpp"
#include "buddy_word.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder>
class BuddyChunk {
 public:
  using Word = typename B::template atomic<std::uint64_t>;
  using Order = typename B::template var<std::uint8_t>;
  using Leaf = LeafWord<WordOrder>;
  using Node = NodeWord;
  static constexpr std::size_t none = ~std::size_t{0};
  static constexpr BuddySizes sizes = {sizeof(Word), alignof(Word), sizeof(Order), alignof(Order),
                                       WordOrder};

  BuddyChunk(std::byte* start, const BuddyGeometry& geometry) noexcept
      : start_(start), geometry_(geometry) {}

  // With nobody else inside.
  void init() const noexcept;
  void destroy() const noexcept;

  // The first leaf of a block of this order, or none: none was found where the hints say that one
  // may be. Begins at the part lane / 2^32 of the chunk.
  std::size_t alloc(unsigned order, std::uint32_t lane) const noexcept;
  // As alloc, but looks into every word, in order, and answers none only if no run of this order
  // was free for the whole call (above WordOrder: unless a thread was in the middle of an operation
  // in it).
  std::size_t alloc_surely(unsigned order) const noexcept;

  // The block that begins at leaf, which is in the chunk: its order. Stops the program when none
  // does.
  unsigned free(std::size_t leaf) const noexcept;
  // The order of the caller's own block. Stops the program when none begins at leaf, or it is kept.
  unsigned order_of(std::size_t leaf) const noexcept {
    const unsigned tag = order(leaf).get();
    check(tag - 1 < kept - 1, "free: not the start of a piece in use");
    return tag - 1;
  }

  // For magazines. A block that one keeps is in use, and its order says so: none can free it.
  static constexpr unsigned kept = 0x80;  // in an order
  static void mark_used(Order& of_block, unsigned its_order) noexcept {
    of_block.set(static_cast<std::uint8_t>(its_order + 1));
  }
  static void mark_kept(Order& of_block, unsigned its_order) noexcept {
    of_block.set(static_cast<std::uint8_t>((its_order + 1) | kept));
  }
  static bool is_kept(const Order& of_block, unsigned its_order) noexcept {
    return of_block.get() == ((its_order + 1) | kept);
  }
  // The leaves, and for each the order of the block that begins there.
  struct Leaves {
    std::byte* start = nullptr;
    Order* orders = nullptr;
    std::size_t count = 0;
    unsigned shift = 3;  // log2 of a leaf's bytes

    // The number of the leaf that begins at pointer; count, or more, if none does.
    std::size_t at(const void* pointer) const noexcept {
      const std::size_t offset = address(pointer) - address(start);
      return std::rotr(offset, static_cast<int>(shift));  // what is below a leaf becomes high bits
    }
  };
  Leaves leaves() const noexcept {
    return {start_, &order(0), geometry_.leaves, geometry_.leaf_shift};
  }
  std::size_t kept_leaves() const noexcept;

  // For observers; exact at rest.
  std::size_t used_leaves() const noexcept;
  int largest_free() const noexcept;  // an order; negative: none
  const char* violation() const noexcept;

  template <class Visitor>
  void describe(Visitor& visit, std::size_t number) const;

 private:
  enum class Look { quickly, surely };
  static constexpr std::uint64_t whole = 0xffff;
  static constexpr std::uint64_t most_holds = whole - 1;
  static constexpr unsigned field_bits = Node::width;

  Word* words(unsigned level) const noexcept {
    return reinterpret_cast<Word*>(start_ + geometry_.levels[level].words_offset);
  }
  Word* hints(unsigned level) const noexcept {
    return reinterpret_cast<Word*>(start_ + geometry_.levels[level].hints_offset);
  }
  Order& order(std::size_t leaf) const noexcept {
    return reinterpret_cast<Order*>(start_ + geometry_.orders_offset)[leaf];
  }
  static constexpr unsigned field_shift(std::size_t child) noexcept {
    return static_cast<unsigned>(child % 4) * field_bits;
  }
  static constexpr std::uint64_t field(std::uint64_t node, std::size_t child) noexcept {
    return node >> field_shift(child) & whole;
  }
  static std::uint64_t read(Word& word, Look how) noexcept {
    if (how == Look::surely) return word.fetch_add(0, std::memory_order_relaxed);  // (1)
    return word.load(std::memory_order_relaxed);                                   // (1)
  }
  std::uint64_t at_rest(unsigned level, std::size_t i) const noexcept {
    return words(level)[i].load(std::memory_order_relaxed);  // (6)
  }

  // The place of a block: its level, its run in a word, and the number of the word.
  struct Place {
    unsigned level;
    unsigned run;  // order of the run of slots
    std::size_t word;
    unsigned bit;
  };
  Place place_of(std::size_t leaf, unsigned order) const noexcept;

  template <class W>
  std::size_t search(unsigned level, unsigned run, std::uint32_t lane) const noexcept;
  template <class W>
  std::size_t scan(unsigned level, unsigned run, std::size_t first, Look how) const noexcept;
  template <class W>
  std::size_t try_word(unsigned level, std::size_t i, unsigned run, Look how) const noexcept;
  std::size_t taken(std::size_t leaf, unsigned order) const noexcept;
  template <class W>
  void give(const Place& place) const noexcept;
  bool hold(unsigned level, std::size_t child, Look how) const noexcept;
  void drop(unsigned level, std::size_t child) const noexcept;

  // Hints.
  bool has_hints(unsigned level) const noexcept { return geometry_.levels[level].hint_words != 0; }
  void raise(unsigned level, std::size_t i, unsigned hint) const noexcept;
  void lower(unsigned level, std::size_t i, unsigned hint) const noexcept;
  void raise_below(const Place& place) const noexcept;

  bool real(unsigned level, std::size_t i) const noexcept {
    return i < geometry_.levels[level].words;
  }
  std::uint64_t permanent(unsigned level, std::size_t i) const noexcept;
  const char* leaves_violation(
      std::size_t (&whole_fields)[BuddyGeometry::most_levels]) const noexcept;
  const char* block_violation(const Place& place) const noexcept;
  const char* nodes_violation(unsigned level, std::size_t whole_fields) const noexcept;

  std::byte* start_;
  const BuddyGeometry& geometry_;
};

}  // namespace poolproof

#include "buddy_chunk_impl.hpp"
