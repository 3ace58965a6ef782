// NoncedIndex: how an index and a nonce share one 64-bit word, and the pure functions that change
// it. The index takes the low index_bits; the nonce gets all the others, or nonce_bits_limit.
#pragma once

#include <algorithm>
#include <cstdint>

namespace poolproof {

class NoncedIndex {
 public:
  using Word = std::uint64_t;

  // index_bits: 0 (a pool that is not initialised) to 32.
  constexpr explicit NoncedIndex(unsigned index_bits = 0, unsigned nonce_bits_limit = 64) noexcept
      : index_mask_((Word{1} << index_bits) - 1),
        one_(Word{1} << index_bits),
        nonce_bits_(std::min(64 - index_bits, nonce_bits_limit)) {
    nonce_mask_ = nonce_bits_ == 0 ? 0 : ~Word{0} >> (64 - nonce_bits_) << index_bits;
  }

  constexpr unsigned nonce_bits() const noexcept { return nonce_bits_; }
  constexpr Word empty() const noexcept { return index_mask_; }
  constexpr std::uint32_t index(Word word) const noexcept {
    return static_cast<std::uint32_t>(word & index_mask_);
  }
  constexpr Word nonce(Word word) const noexcept { return (word & nonce_mask_) / one_; }

  // word after its index was popped and next is the new top. Every pop moves the nonce.
  constexpr Word popped(Word word, std::uint32_t next) const noexcept {
    return ((word + one_) & nonce_mask_) | (next & index_mask_);
  }
  // word after index was pushed. A push need not move the nonce: see LocklessBlockAllocator.
  constexpr Word pushed(Word word, std::uint32_t index) const noexcept {
    return (word & nonce_mask_) | index;
  }
  // Is it the nonce alone that tells actual from expected?
  constexpr bool differ_by_nonce(Word expected, Word actual) const noexcept {
    return expected != actual && index(expected) == index(actual);
  }

 private:
  Word index_mask_;
  Word nonce_mask_ = 0;
  Word one_;
  unsigned nonce_bits_;
};

}  // namespace poolproof
