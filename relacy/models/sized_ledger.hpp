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

  // The pool's memory, aligned to the unit; at most most_units of it.
  SizedLedger(std::byte* begin, unsigned units) : begin_(begin), units_(units) {
    for (unsigned i = 0; i != units; ++i) entries_[i].payload.emplace();
  }

  // piece was just handed out to owner.
  void acquire(const Piece& piece, std::uint32_t owner, std::size_t alignment,
               Where where = Where::current()) {
    const std::size_t offset = address(piece.start) - address(begin_);
    require(address(piece.start) % alignment == 0, "alignment", "a piece is misaligned", where);
    require(offset < units_ * unit && piece.whole <= units_ * unit - offset, "range",
            "a piece lies outside the pool", where);
    model_writes(idle_bit);
    for_units(piece, [&](Entry& entry) {
      require(entry.owner == nobody, "ownership", "two pieces overlap", where);
      entry.owner = owner;
      entry.freed_by = nobody;
      entry.stamp = stamp_of(owner);
      entry.payload->set(entry.stamp, where);
      not_idle(bit_of(entry));
    });
    std::memset(piece.start, static_cast<int>(stamp_of(owner)), piece.whole);
    got_[owner] = mixed(got_[owner], offset << 16 | piece.bytes);
  }
  // owner is about to free piece.
  void release(const Piece& piece, std::uint32_t owner, Where where = Where::current()) {
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
    std::memset(piece.start, 0, piece.whole);  // who had it is nothing that the piece tells
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
    model_writes(idle_bit);
    for_units(piece, [&](Entry& entry) {
      if (entry.freed_by != owner) return;
      entry.freed_by = nobody;
      idle_ |= bit_of(entry);
    });
  }

  // The must-succeed oracle. A hole that was idle at both ends of an alloc, no part of it handed
  // out between, was there for the whole call, unless another alloc that has not returned yet has
  // some of it: as many holes as there are of those. must_fit(begin, end): would such a hole
  // serve the request for certain?
  void begin_alloc(std::uint32_t owner) {
    ++inside_;
    model_adds(inside_bit);
    model_reads(idle_bit);
    idle_since_begin_[owner] = idle_;
  }
  template <class MustFit>
  void end_alloc(std::uint32_t owner, bool got, MustFit must_fit, Where where = Where::current()) {
    --inside_;
    model_adds(inside_bit);
    const std::uint64_t idle = std::exchange(idle_since_begin_[owner], 0);
    if (got) return;
    model_reads(inside_bit);
    model_reads(idle_bit);
    unsigned holes = 0;
    for_holes(idle, [&](const std::byte* begin, const std::byte* end) {
      holes += must_fit(begin, end) ? 1 : 0;
    });
    require(holes <= inside_, "must_succeed",
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
    for (const std::uint64_t since : idle_since_begin_) hash.add(since);
    for (unsigned i = 0; i != units_; ++i) {
      hash.add(std::uint64_t{entries_[i].owner} << 32 | entries_[i].freed_by);
      hash.add(entries_[i].stamp);
    }
    for (const std::uint64_t got : got_) {
      if (with_end) hash.add(got);
    }
  }

  void describe(Names& names) const {
    names.blocks(begin_, units_, unit, 0);
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
  template <class Call>
  void for_units(const Piece& piece, Call call) {
    const std::size_t first = (address(piece.start) - address(begin_)) / unit;
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
      while (i != units_ && (idle >> i & 1) != 0) ++i;
      if (i != first) look(begin_ + first * unit, begin_ + i * unit);
    }
  }

  std::byte* begin_;
  unsigned units_;
  unsigned inside_ = 0;                     // allocs that have not returned
  std::uint64_t idle_ = ~std::uint64_t{0};  // units that nobody has or frees, as bits
  std::array<std::uint64_t, most_owners> idle_since_begin_{};  // of each owner's alloc
  std::array<std::uint64_t, most_owners> got_{};               // hashes
  std::array<Entry, most_units> entries_;
};

}  // namespace poolproof
