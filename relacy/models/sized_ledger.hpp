// SizedLedger: the oracle of models of pieces of any size. Each unit of the pool's memory has an
// owner, and a payload that its owners write: one variable for all of the execution. So two pieces
// that overlap are found wherever they begin and end; and an owner whose access is not ordered
// after that of the owner before, for want of an acquire or a release, is a data race in the
// payload.
#pragma once

#include <array>
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
#include "scenarios/scenario.hpp"

namespace poolproof {

class SizedLedger {
 public:
  static constexpr unsigned most_units = 64;
  static constexpr std::uint32_t unit = 16;  // bytes
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};
  static constexpr std::uint32_t bucket = nobody - 1;

  // The pool's memory, aligned to the unit: parts of so many units, the next one stride bytes
  // behind the start of the one before; at most most_units of all.
  struct Memory {
    std::byte* begin;
    unsigned units;
    unsigned parts = 1;
    std::size_t stride = 0;  // not used if there is one part
  };
  // all_certain: see begin_alloc; of all requests. holds_links: may atomics of the pool lie in free
  // memory?
  SizedLedger(const Memory& memory, bool all_certain, bool holds_links)
      : memory_(memory),
        units_(memory.units * memory.parts),
        all_certain_(all_certain),
        holds_links_(holds_links) {
    for (unsigned i = 0; i != units_; ++i) entries_[i].payload.emplace();
  }

  // piece was just handed out to owner.
  void acquire(const Piece& piece, std::uint32_t owner, std::size_t alignment,
               Where where = Where::current()) {
    const std::size_t offset = address(piece.start) - address(memory_.begin);
    require(address(piece.start) % alignment == 0, "alignment", "a piece is misaligned", where);
    require(lies_in_one_part(offset, piece.whole), "range", "a piece lies outside the pool", where);
    model_writes(idle_bit);
    for_units(piece, [&](Entry& entry) {
      require(entry.owner == nobody, "ownership", "two pieces overlap", where);
      entry.owner = owner;
      entry.freed_by = nobody;
      entry.stamp = stamp_of(owner);
      entry.payload->set(entry.stamp, where);
      not_idle(bit_of(entry));
    });
    write(piece, stamp_of(owner));
    got_[owner] = mixed(got_[owner], offset << 16 | piece.bytes);
  }
  // owner is about to free piece.
  void release(const Piece& piece, std::uint32_t owner, Where where = Where::current()) {
    model_fine_step();
    ++freeing_;
    if (!all_certain_) model_adds(inside_bit);
    for_units(piece, [&](Entry& entry) {
      require(entry.owner == owner, "ownership", "a piece is freed by somebody else", where);
      require(entry.payload->get(where) == entry.stamp, "payload", "a payload has changed", where);
      entry.owner = nobody;
      entry.freed_by = owner;
    });
    const auto* bytes = static_cast<const unsigned char*>(piece.start);
    for (std::uint32_t i = 0; i != piece.whole; ++i) {
      require(bytes[i] == bytes[0] && bytes[0] >= first_stamp, "payload",
              "the pool wrote into a piece that it had handed out", where);
    }
    write(piece, 0);  // who had it is nothing that the piece tells
  }
  // Ownership moves from one to the other, by some means of the actors'.
  void pass(const Piece& piece, std::uint32_t from, std::uint32_t to,
            Where where = Where::current()) {
    for_units(piece, [&](Entry& entry) {
      require(entry.owner == from, "ownership", "a piece is passed on by somebody else", where);
      entry.owner = to;
    });
  }
  // owner's free of piece has returned. It may have been handed out again meanwhile.
  void freed(const Piece& piece, std::uint32_t owner) {
    --freeing_;
    if (!all_certain_) model_adds(inside_bit);
    model_writes(idle_bit);
    for_units(piece, [&](Entry& entry) {
      if (entry.freed_by != owner) return;
      entry.freed_by = nobody;
      idle_ |= bit_of(entry);
    });
  }

  // The must-succeed oracle. A hole that was idle at both ends of an alloc, no part of it handed
  // out between, was there for the whole call, unless another alloc that has not returned yet has
  // some of it: as many holes as there are of those. certain: may the request not fail but for
  // that? Else each call under way when it began may still keep one more from it: an alloc or a
  // free that is not done with memory that was handed out and freed meanwhile. must_fit(begin,
  // end): would such a hole serve the request for certain?
  void begin_alloc(std::uint32_t owner, bool certain) {
    model_goes_on();
    if (!certain) model_reads(inside_bit);
    under_way_at_begin_[owner] = certain ? 0 : inside_ + freeing_;
    ++inside_;
    model_adds(inside_bit);
    model_reads(idle_bit);
    idle_since_begin_[owner] = idle_;
  }
  template <class MustFit>
  void end_alloc(std::uint32_t owner, bool got, MustFit must_fit, Where where = Where::current()) {
    model_goes_on();
    --inside_;
    model_adds(inside_bit);
    const std::uint64_t idle = std::exchange(idle_since_begin_[owner], 0);
    // In fine steps an alloc may have taken from several holes, behind its last access, and is not
    // told.
    if (got || model_has_fine_steps()) return;
    model_reads(inside_bit);
    model_reads(idle_bit);
    // Now, as idle: must_fit may let others go on.
    const unsigned others = inside_ + std::exchange(under_way_at_begin_[owner], 0);
    unsigned holes = 0;
    for_holes(idle, [&](const std::byte* begin, const std::byte* end) {
      holes += must_fit(begin, end) ? 1 : 0;
    });
    require(holes <= others, "must_succeed",
            "an alloc failed, and a hole was large enough for the whole call", where);
  }
  // At rest: calls look(begin, end) for each hole between the pieces.
  template <class Look>
  void for_holes_at_rest(Look look) const {
    for_holes(idle_, look);
  }

  // Which pieces each owner has got, in order.
  std::uint64_t who_got_what() const noexcept {
    std::uint64_t hash = 0;
    for (const std::uint64_t got : got_) hash = mixed(hash, got);
    return hash;
  }

  // See ModelTest::add_state.
  void add_state(StateHash& hash, bool with_end) const {
    hash.add(inside_);
    hash.add(idle_);
    hash.add(freeing_);
    for (const std::uint64_t since : idle_since_begin_) hash.add(since);
    for (const unsigned under_way : under_way_at_begin_) hash.add(under_way);
    for (unsigned i = 0; i != units_; ++i) {
      hash.add(std::uint64_t{entries_[i].owner} << 32 | entries_[i].freed_by);
      hash.add(entries_[i].stamp);
    }
    for (const std::uint64_t got : got_) {
      if (with_end) hash.add(got);
    }
  }

  void describe(Names& names) const {
    for (unsigned part = 0; part != memory_.parts; ++part) {
      const unsigned first = part * memory_.units;
      names.blocks(unit_at(first), memory_.units, unit, first);
    }
    for (unsigned i = 0; i != units_; ++i) names.of_oracle("payload", i, *entries_[i].payload);
  }

 private:
  struct Entry {
    std::uint32_t owner = nobody;
    std::uint32_t freed_by = nobody;  // whose free of it has not returned, as far as is known
    std::uint32_t stamp = 0;          // that its last owner wrote
    std::optional<ModelVar<std::uint32_t>> payload;
  };

  // What is read and written of these books, for searches that leave out orders that make no
  // difference: each unit; which are idle; how many allocs are inside.
  static constexpr unsigned most_owners = 8;
  static constexpr unsigned idle_bit = 48;
  static constexpr unsigned inside_bit = 49;
  static constexpr std::uint32_t first_stamp = 0xb0;
  static std::uint32_t stamp_of(std::uint32_t owner) noexcept { return first_stamp + owner; }

  std::uint64_t bit_of(const Entry& entry) const noexcept {
    return std::uint64_t{1} << static_cast<unsigned>(&entry - entries_.data());
  }
  void not_idle(std::uint64_t bit) noexcept {
    idle_ &= ~bit;
    for (std::uint64_t& idle : idle_since_begin_) idle &= ~bit;
  }
  bool lies_in_one_part(std::size_t offset, std::size_t bytes) const noexcept {
    const std::size_t part = memory_.parts == 1 ? 0 : offset / memory_.stride;
    const std::size_t in_part = offset - part * memory_.stride;
    const std::size_t part_bytes = std::size_t{memory_.units} * unit;
    return part < memory_.parts && in_part < part_bytes && bytes <= part_bytes - in_part;
  }
  std::byte* unit_at(unsigned i) const noexcept {
    const std::size_t in_part = i % memory_.units;
    return memory_.begin + i / memory_.units * memory_.stride + in_part * unit;
  }
  std::size_t index_of(const void* start) const noexcept {
    const std::size_t offset = address(start) - address(memory_.begin);
    if (memory_.parts == 1) return offset / unit;
    return offset / memory_.stride * memory_.units + offset % memory_.stride / unit;
  }
  // An owner's plain write.
  void write(const Piece& piece, std::uint32_t stamp) const noexcept {
    auto* start = static_cast<std::byte*>(piece.start);
    for (std::uint32_t i = 0; holds_links_ && i < piece.whole; i += unit) {
      model_writes_memory(start + i);
    }
    std::memset(start, static_cast<int>(stamp), piece.whole);
  }
  template <class Call>
  void for_units(const Piece& piece, Call call) {
    model_goes_on();
    const std::size_t first = index_of(piece.start);
    const std::size_t end = first + (piece.whole + unit - 1) / unit;
    for (std::size_t i = first; i != end; ++i) {
      model_writes(static_cast<unsigned>(i % idle_bit));
      call(entries_[i]);
    }
  }
  template <class Look>
  void for_holes(std::uint64_t idle, Look look) const {
    for (unsigned i = 0; i < units_; ++i) {
      const unsigned first = i;
      const unsigned end = first - first % memory_.units + memory_.units;  // of its part
      while (i != end && (idle >> i & 1) != 0) ++i;
      if (i != first) look(unit_at(first), unit_at(i - 1) + unit);
      if (i == end) --i;  // the next part begins there
    }
  }

  const Memory memory_;
  const unsigned units_;  // in all
  const bool all_certain_;
  const bool holds_links_;
  unsigned inside_ = 0;                     // allocs that have not returned
  unsigned freeing_ = 0;                    // frees
  std::uint64_t idle_ = ~std::uint64_t{0};  // units that nobody has or frees, as bits
  std::array<std::uint64_t, most_owners> idle_since_begin_{};  // of each owner's alloc
  std::array<unsigned, most_owners> under_way_at_begin_{};  // of each owner's alloc, if it counts
  std::array<std::uint64_t, most_owners> got_{};            // hashes
  std::array<Entry, most_units> entries_;
};

}  // namespace poolproof
