// TwoListWord: how the tops of two lists and a count share one 64-bit word, and the pure functions
// that change it. Each top takes index_bits; the count of poppers gets the others.
#pragma once

#include <cstdint>

namespace poolproof {

class TwoListWord {
 public:
  using Word = std::uint64_t;
  using Index = std::uint32_t;

  // index_bits: 0 (a pool that is not initialised) to 24.
  constexpr explicit TwoListWord(unsigned index_bits = 0) noexcept
      : bits_(index_bits), mask_((Word{1} << index_bits) - 1) {}

  constexpr Word make(Index active, Index limbo, Word poppers) const noexcept {
    return (poppers << bits_ << bits_) | (Word{limbo} & mask_) << bits_ | (Word{active} & mask_);
  }
  constexpr Index active(Word word) const noexcept { return static_cast<Index>(word & mask_); }
  constexpr Index limbo(Word word) const noexcept {
    return static_cast<Index>(word >> bits_ & mask_);
  }
  constexpr Word poppers(Word word) const noexcept { return word >> bits_ >> bits_; }
  constexpr Word empty() const noexcept { return mask_ << bits_ | mask_; }
  // To be added to or subtracted from a word.
  constexpr Word one_popper() const noexcept { return Word{1} << bits_ << bits_; }

 private:
  unsigned bits_;
  Word mask_;
};

}  // namespace poolproof
