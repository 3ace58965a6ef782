#include "state_hash.hpp"

#include <algorithm>
#include <cstring>

// All of it inline, so that nobody has to link with the library.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace poolproof {

void StateHash::add(const std::byte* bytes, std::size_t size) noexcept {
  while (size != 0) {
    if (size_ == capacity) fold();
    const std::size_t part = std::min(size, (capacity - size_) * sizeof(std::uint64_t));
    const std::size_t words = (part + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    words_[size_ + words - 1] = 0;  // the last may not be whole
    std::memcpy(&words_[size_], bytes, part);
    size_ += words;
    bytes += part;
    size -= part;
  }
}

StateKey StateHash::key() const noexcept {
  const XXH128_hash_t hash =
      XXH3_128bits_withSeed(words_.data(), size_ * sizeof(std::uint64_t), folds_);
  return {hash.low64, hash.high64};
}

void StateHash::fold() noexcept {
  const StateKey so_far = key();
  size_ = 0;
  ++folds_;
  add(so_far);
}

}  // namespace poolproof
