// PieceLedger: the oracles for every piece: ownership, payload, range, alignment. It is a Ledger of
// units: each unit of memory has an owner, so that two pieces that overlap are found wherever they
// begin and end. Thread-safe as a Ledger is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "harness/oracles/ledger.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

class PieceLedger {
 public:
  using Owner = Ledger::Owner;

  // Pieces lie in [begin, begin + size), at multiples of unit (bytes, a power of two).
  PieceLedger(ViolationLog& log, std::byte* begin, std::size_t size, std::size_t unit)
      : units_(log, begin, size, unit, unit), begin_(begin), unit_(unit) {}
  // Pieces lie anywhere, at multiples of 8 bytes.
  explicit PieceLedger(ViolationLog& log) : units_(log, 0, 8, 1 << 18), unit_(8) {}

  // Of a piece's whole bytes.
  void acquired(Owner owner, const Piece& piece) noexcept {
    for_units(piece, [&](void* unit, std::size_t bytes) { units_.acquired(owner, unit, bytes); });
  }
  void releasing(Owner owner, const Piece& piece) noexcept {
    for_units(piece, [&](void* unit, std::size_t bytes) { units_.releasing(owner, unit, bytes); });
  }
  void passed(Owner from, Owner to, const Piece& piece) noexcept {
    for_units(piece, [&](void* unit, std::size_t) { units_.passed(from, to, unit); });
  }

  // For an observer, as Ledger's. Place i begins at unit_at(i).
  std::size_t places() const noexcept { return begin_ == nullptr ? 0 : units_.places() - 1; }
  std::uint32_t stamp(std::size_t i) const noexcept { return units_.stamp(i); }
  std::byte* unit_at(std::size_t i) const noexcept { return begin_ + i * unit_; }

  bool overflowed() const noexcept { return units_.overflowed(); }
  void clear() noexcept { units_.clear(); }

 private:
  template <class Call>
  void for_units(const Piece& piece, Call call) noexcept {
    auto* start = static_cast<std::byte*>(piece.start);
    for (std::size_t done = 0; done < piece.whole; done += unit_) {
      call(start + done, std::min(unit_, piece.whole - done));
    }
  }

  Ledger units_;
  std::byte* begin_ = nullptr;
  std::size_t unit_;
};

// Places of the ledger, in a row.
struct PlaceRange {
  std::size_t first = 0;
  std::size_t end = 0;

  bool empty() const noexcept { return first == end; }
};

// Calls look(begin, end) for each longest run of places that is_free(i) holds of.
template <class IsFree, class Look>
void for_free_runs(const PieceLedger& ledger, const PlaceRange& places, IsFree is_free, Look look) {
  for (std::size_t i = places.first; i < places.end; ++i) {
    const std::size_t first = i;
    while (i != places.end && is_free(i)) ++i;
    if (i != first) look(ledger.unit_at(first), ledger.unit_at(i));
  }
}

}  // namespace poolproof
