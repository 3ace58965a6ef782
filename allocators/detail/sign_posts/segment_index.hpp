// SegmentIndex: the free segments of a sign post pool by size, so that one that is large enough is
// found in a few steps, however many there are. For the thread that has the pool.
//
// Two levels of size classes, as in TLSF (M. Masmano and others, "TLSF: a new dynamic memory
// allocator for real-time systems", ECRTS 2004). In steps of 8 bytes, class c < 64 holds one size
// each; from there on each power of two is cut into 32 classes. A bitmap for each row of 32 classes
// says which of them hold a segment, and one bitmap says which rows do.
//
// The list of a class is linked inside the free segments, behind their posts: `next`, the segment
// behind it or null, and `holder`, the place where the pointer to this one lies: the head of the
// list, or a next. So a segment is taken out without a look at its size or class.
//
// `rows` is the backend's, so that a checker sees two threads that use an index without a lock:
// every insert writes it, every search reads it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "../../std_backend.hpp"
#include "../check.hpp"
#include "sign_post.hpp"

namespace poolproof {

template <Backend B, class Word>
class SegmentIndex {
 public:
  // Behind the post of a free segment.
  static constexpr std::size_t links_size = 2 * sizeof(void*);
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  // The class that holds segments of this many bytes.
  static constexpr std::size_t class_of(std::size_t bytes) noexcept {
    const std::size_t steps = bytes / step;
    const unsigned shift = shift_of(steps);
    return shift * row_size + (steps >> shift);
  }
  // The first class whose segments all have this many bytes or more.
  static constexpr std::size_t class_from(std::size_t bytes) noexcept {
    const std::size_t steps = bytes / step;
    const unsigned shift = shift_of(steps);
    return shift * row_size + ((steps + (std::size_t{1} << shift) - 1) >> shift);
  }
  static constexpr std::size_t classes() noexcept { return rows_count * row_size; }

  // The first class at or behind this one that holds a segment; none if there is none.
  std::size_t find(std::size_t from) const noexcept {
    std::size_t row = from / row_size;
    if (row >= rows_count) return none;
    std::uint32_t found = cells_[row] & (~std::uint32_t{0} << (from % row_size));
    if (found == 0) {
      const Rows above = rows_.get() & (~Rows{1} << row);
      if (above == 0) return none;
      row = static_cast<std::size_t>(std::countr_zero(above));
      found = cells_[row];
    } else {
      static_cast<void>(rows_.get());
    }
    return row * row_size + static_cast<std::size_t>(std::countr_zero(found));
  }
  // The last class that holds a segment; none if there is none.
  std::size_t last() const noexcept {
    const Rows rows = rows_.get();
    if (rows == 0) return none;
    const auto row = static_cast<std::size_t>(std::bit_width(rows)) - 1;
    return row * row_size + static_cast<std::size_t>(std::bit_width(cells_[row])) - 1;
  }
  // The first segment of a class; null if there is none.
  std::byte* first(std::size_t size_class) const noexcept { return heads_[size_class]; }
  static std::byte* next(const std::byte* segment) noexcept {
    return read_raw<std::byte*>(segment + next_offset);
  }

  void insert(std::byte* segment, std::size_t bytes) noexcept {
    const std::size_t size_class = class_of(bytes);
    std::byte** const head = &heads_[size_class];
    std::byte* const after = *head;
    write_raw(segment + next_offset, after);
    write_raw(segment + holder_offset, head);
    write_raw(holder_place(after), segment + next_offset);
    *head = segment;
    const std::size_t row = size_class / row_size;
    cells_[row] |= std::uint32_t{1} << (size_class % row_size);
    rows_.set(rows_.get() | Rows{1} << row);
  }

  // segment: in the list of this class. false: its links or those beside it in the list were
  // written over. No branch depends on what the list is like: nobody could foretell it.
  [[nodiscard]] bool remove(std::byte* segment, std::size_t size_class) noexcept {
    std::byte* const after = next(segment);
    std::byte* const holder = read_raw<std::byte*>(segment + holder_offset);
    std::byte* const behind = holder_place(after);
    const unsigned from_before = read_raw<std::byte*>(holder) == segment;
    const unsigned from_behind = read_raw<std::byte*>(behind) == segment + next_offset;
    const unsigned is_last = after == nullptr;
    const bool sound = (from_before & (from_behind | is_last)) != 0;
    if (!sound) [[unlikely]]
      return false;
    write_raw(holder, after);
    write_raw(behind, holder);
    const std::size_t row = size_class / row_size;
    const std::uint32_t empty = heads_[size_class] == nullptr;
    const std::uint32_t cells = cells_[row] & ~(empty << (size_class % row_size));
    cells_[row] = cells;
    rows_.set(rows_.get() & ~(Rows{cells == 0} << row));
    return true;
  }

  void clear() noexcept {
    rows_.set(0);
    cells_ = {};
    heads_ = {};
  }

  // For the audit at rest: do the bitmaps say of this class what its list says?
  bool agrees(std::size_t size_class) const noexcept {
    const std::size_t row = size_class / row_size;
    const bool cell = (cells_[row] >> (size_class % row_size) & 1) != 0;
    const bool in_row = (rows_.get() >> row & 1) != 0;
    return cell == (heads_[size_class] != nullptr) && in_row == (cells_[row] != 0);
  }
  // Is the segment where the one that links to it is, at holder?
  bool linked_from(const std::byte* segment, const std::byte* before,
                   std::size_t size_class) const noexcept {
    const std::byte* expected = before == nullptr
                                    ? reinterpret_cast<const std::byte*>(&heads_[size_class])
                                    : before + next_offset;
    return read_raw<std::byte*>(segment + holder_offset) == expected;
  }

  // For tools that show the variables: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("rows", rows_);
  }

 private:
  using Rows = Word;  // a bit for each row
  static constexpr std::size_t step = 8;
  static constexpr std::size_t row_size = 32;
  static constexpr unsigned row_bits = 5;
  static constexpr std::size_t next_offset = SignPosts<Word>::size;
  static constexpr std::size_t holder_offset = next_offset + sizeof(void*);

  // How many low bits of a number of steps a class does not tell apart.
  static constexpr unsigned shift_of(std::size_t steps) noexcept {
    return static_cast<unsigned>(std::bit_width(steps | row_size)) - row_bits - 1;
  }
  static constexpr std::size_t rows_count =
      shift_of(SignPosts<Word>::most_distance / step) + std::size_t{2};
  static_assert(rows_count <= std::numeric_limits<Word>::digits);

  // The place of a segment's holder; for no segment, a place that nobody reads.
  std::byte* holder_place(std::byte* segment) noexcept {
    return segment == nullptr ? nowhere_ : segment + holder_offset;
  }

  typename B::template var<Rows> rows_;
  std::array<std::uint32_t, rows_count> cells_{};
  std::array<std::byte*, rows_count * row_size> heads_{};
  std::byte nowhere_[sizeof(void*)] = {};
};

}  // namespace poolproof
