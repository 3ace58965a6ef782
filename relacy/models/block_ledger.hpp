// BlockLedger: the oracle of block models. It knows every block by its address and who owns it, and
// keeps a payload beside each that its owners write: one variable for all of the execution. So a
// block with two owners fails at once; and an owner whose access is not ordered after that of the
// owner before, for want of an acquire or a release, is a data race in the payload.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "allocators/sizes.hpp"
#include "backend.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/trace/names.hpp"

namespace poolproof {

// most: blocks that it knows at once, at most 32.
template <unsigned most>
class BlockLedgerOf {
 public:
  static constexpr unsigned most_blocks = most;
  static constexpr std::size_t block_size = 16;  // bytes
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};
  static constexpr std::uint32_t bucket = nobody - 1;

  // holds_links: may atomics of the pool lie in free blocks? bounded: are there so many blocks and
  // no others? Else it knows those that have an owner, and races in them must be seen otherwise.
  explicit BlockLedgerOf(unsigned blocks, std::size_t alignment = block_size,
                         bool holds_links = false, bool bounded = true)
      : blocks_(bounded ? blocks : most_blocks),
        alignment_(alignment),
        holds_links_(holds_links),
        bounded_(bounded) {
    for (unsigned i = 0; bounded && i != blocks_; ++i) entries_[i].payload.emplace();
  }

  // block was just handed out to owner.
  void acquire(void* block, std::uint32_t owner, Where where = Where::current()) {
    Entry& entry = find(block, where);
    require(entry.owner == nobody, "ownership", "a block has two owners", where);
    entry.owner = owner;
    entry.freed_by = nobody;
    if (entry.idle) {
      model_writes(idle_bit);
      entry.idle = false;
      for (std::uint32_t& idle : idle_since_begin_) idle &= ~bit_of(entry);
    }
    entry.stamp = stamp_of(owner);
    if (bounded_) entry.payload->set(entry.stamp, where);
    got_[owner] = mixed(got_[owner], static_cast<std::uint64_t>(&entry - entries_.data()));
    write(block, entry.stamp);
  }
  // owner is about to free block; the caller lets others move before, by model_fine_step.
  void release(void* block, std::uint32_t owner, Where where = Where::current()) {
    model_goes_on();
    Entry& entry = find(block, where);
    require(entry.owner == owner, "ownership", "a block is freed by somebody else", where);
    require(!bounded_ || entry.payload->get(where) == entry.stamp, "payload",
            "a payload has changed", where);
    require(std::memcmp(block, filled(entry.stamp).data(), block_size) == 0, "payload",
            "the pool wrote into a block that it had handed out", where);
    entry.owner = nobody;
    entry.freed_by = owner;
    entry.stamp = 0;  // who had it is nothing that the block tells
    write(block, entry.stamp);
  }
  // Ownership moves from one to the other, by some means of the actors'.
  void pass(void* block, std::uint32_t from, std::uint32_t to, Where where = Where::current()) {
    Entry& entry = find(block, where);
    require(entry.owner == from, "ownership", "a block is passed on by somebody else", where);
    entry.owner = to;
  }

  // owner's free of block has returned. It may have been handed out again meanwhile.
  void freed(void* block, std::uint32_t owner, Where where = Where::current()) {
    model_goes_on();
    Entry& entry = find(block, where);
    if (entry.freed_by != owner) return;
    entry.freed_by = nobody;
    entry.idle = true;
    model_writes(idle_bit);
  }

  // The must-succeed oracle. A block that was idle at both ends of an alloc, and not handed out
  // between, was free for the whole call, unless another alloc that has not returned yet has it: as
  // many blocks as those want. wanted: by this one. excused: so many blocks need not be had,
  // wherever they are.
  void begin_alloc(std::uint32_t owner, unsigned wanted = 1) {
    model_goes_on();
    wanted_inside_ += wanted;
    model_adds(wanted_bit);
    model_reads(idle_bit);
    std::uint32_t& idle = idle_since_begin_[owner] = 0;
    for (unsigned i = 0; i != known_; ++i) idle |= entries_[i].idle ? 1U << i : 0;
  }
  void end_alloc(std::uint32_t owner, bool got_all, unsigned wanted = 1, unsigned excused = 0,
                 Where where = Where::current()) {
    model_goes_on();
    wanted_inside_ -= wanted;
    model_adds(wanted_bit);
    const std::uint32_t idle = std::exchange(idle_since_begin_[owner], 0);
    if (got_all) return;
    model_reads(wanted_bit);
    model_reads(idle_bit);
    const auto free = static_cast<unsigned>(std::popcount(idle));
    require(free <= wanted_inside_ + excused, "must_succeed",
            "an alloc failed, and a block was free for the whole call", where);
  }

  // At rest, with no block in use: those of the pool that comes next lie elsewhere.
  void forget_blocks() noexcept { known_ = 0; }

  // Which blocks each owner has got, in order. Blocks go by the order in which they were first
  // handed out.
  std::uint64_t who_got_what() const noexcept {
    std::uint64_t hash = 0;
    for (const std::uint64_t got : got_) hash = mixed(hash, got);
    return hash;
  }

  // See ModelTest::add_state.
  void add_state(StateHash& hash, bool with_end) const {
    hash.add(wanted_inside_);
    // Whichever was handed out first: that is the past.
    std::array<std::uint8_t, most_blocks> order{};
    for (unsigned i = 0; i != known_; ++i) {
      unsigned place = i;
      for (; place != 0 && entries_[order[place - 1]].block > entries_[i].block; --place) {
        order[place] = order[place - 1];
      }
      order[place] = static_cast<std::uint8_t>(i);
    }
    for (unsigned i = 0; i != known_; ++i) {
      const Entry& entry = entries_[order[i]];
      hash.add(address(entry.block));
      hash.add(std::uint64_t{entry.owner} << 32 | entry.freed_by);
      std::uint64_t idle = entry.idle ? 1 : 0;
      for (const std::uint32_t since : idle_since_begin_) {
        idle = idle << 1 | ((since & bit_of(entry)) != 0 ? 1 : 0);
      }
      hash.add(idle);
      if (with_end) hash.add(order[i]);
    }
    hash.add(most_blocks);
    for (const std::uint64_t got : got_) {
      if (with_end) hash.add(got);
    }
  }

  // The number of a block is the pool's, or its rank among those that were ever handed out: pools
  // that do not tell carve in the order of addresses.
  void describe(Names& names) const {
    for (unsigned i = 0; i != known_; ++i) {
      const Entry& entry = entries_[i];
      unsigned rank = 0;
      for (unsigned j = 0; j != known_; ++j) rank += entries_[j].block < entry.block ? 1 : 0;
      if (!names.block(entry.block)) names.blocks(entry.block, 1, block_size, rank);
      if (bounded_) names.of_oracle("payload", *names.block(entry.block), *entry.payload);
    }
  }

 private:
  struct Entry {
    bool idle = false;  // freed, and the free has returned
    void* block = nullptr;
    std::uint32_t owner = nobody;
    std::uint32_t freed_by = nobody;  // whose free of it has not returned, as far as is known
    std::uint32_t stamp = 0;          // while it has an owner
    std::optional<ModelVar<std::uint32_t>> payload;  // of the blocks that there are
  };

  // What is read and written of these books, for searches that leave out orders that make no
  // difference: each block, by its address; which blocks are idle; how many are wanted.
  static constexpr unsigned most_owners = 8;
  static constexpr unsigned idle_bit = 48;
  static constexpr unsigned wanted_bit = 49;
  // Of a pool that brings its own memory, a block may lie elsewhere in each execution.
  unsigned block_bit(const void* block) const noexcept {
    return alignment_ < block_size ? 0
                                   : static_cast<unsigned>(address(block) / block_size % idle_bit);
  }

  // What an owner writes: no small number, as a pool might.
  static std::uint32_t stamp_of(std::uint32_t owner) noexcept { return 0xb10c0000 + owner; }
  std::uint32_t bit_of(const Entry& entry) const noexcept {
    return 1U << static_cast<unsigned>(&entry - entries_.data());
  }

  // A block full of them.
  using Filled = std::array<std::uint32_t, block_size / sizeof(std::uint32_t)>;
  static Filled filled(std::uint32_t stamp) noexcept {
    Filled all;
    all.fill(stamp);
    return all;
  }
  // An owner's plain write.
  void write(void* block, std::uint32_t stamp) const noexcept {
    if (holds_links_) model_writes_memory(block);
    std::memcpy(block, filled(stamp).data(), block_size);
  }
  Entry& find(void* block, const Where& where) {
    model_writes(block_bit(block));
    require(address(block) % alignment_ == 0, "alignment", "a block is misaligned", where);
    for (unsigned i = 0; i != known_; ++i) {
      if (entries_[i].block == block) return entries_[i];
    }
    if (Entry* const unowned = bounded_ ? nullptr : find_unowned()) {
      unowned->block = block;
      return *unowned;
    }
    require(known_ != blocks_, "range", "more different blocks than the pool has", where);
    entries_[known_].block = block;
    return entries_[known_++];
  }

  // One that a freed block has, which may never come back.
  Entry* find_unowned() noexcept {
    for (unsigned i = 0; i != known_; ++i) {
      if (entries_[i].owner == nobody && entries_[i].idle) return &entries_[i];
    }
    return nullptr;
  }

  unsigned blocks_;
  std::size_t alignment_;  // bytes
  bool holds_links_;
  bool bounded_;
  unsigned known_ = 0;
  unsigned wanted_inside_ = 0;
  std::array<std::uint64_t, most_owners> got_{};  // hashes
  // Of each owner's alloc that has not returned: which blocks were idle when it began, and were not
  // handed out since; as bits, by entry.
  std::array<std::uint32_t, most_owners> idle_since_begin_{};
  std::array<Entry, most_blocks> entries_;
};

// Of a pool with at most so many.
using BlockLedger = BlockLedgerOf<8>;

}  // namespace poolproof
