// What the tests of pools for pieces of any size share: who owns each byte, and what must hold.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "test_base.hpp"

namespace poolproof::test {

template <class Pool>
struct PostsOf {
  static constexpr std::size_t bytes = Pool::post_bytes;
  static constexpr std::size_t least = Pool::minimum_segment;
};
template <class Pool>
struct PostsOf<Marked<Pool>> : PostsOf<Pool> {};

// The pieces of a pool over one buffer, with a table of the bytes that somebody owns, and a pattern
// of each piece in it.
template <class Pool>
class PieceOracle {
 public:
  PieceOracle(Pool& pool, const GuardedBuffer& buffer)
      : pool_(pool), buffer_(buffer), owned_(buffer.size(), false) {}

  std::size_t live() const { return pieces_.size(); }
  // The bytes asked for of each live piece, by its address.
  const std::map<std::byte*, std::size_t>& pieces() const { return pieces_; }

  // Takes what alloc or alloc_aligned answered.
  void add(void* pointer, std::size_t bytes, std::size_t alignment) {
    auto* piece = static_cast<std::byte*>(pointer);
    ASSERT_TRUE(buffer_.contains(piece, bytes)) << "a piece of " << bytes << " outside the buffer";
    ASSERT_EQ(address(piece) % std::max(alignment, pool_.alignment()), 0u);
    ASSERT_TRUE(pool_.owns(piece) && pool_.owns(piece + bytes - 1));
    ASSERT_GE(pool_.size_of(piece), bytes);
    for (std::size_t i = 0; i != bytes; ++i) {
      ASSERT_FALSE(owned_[offset(piece) + i]) << "a byte has two owners";
      owned_[offset(piece) + i] = true;
    }
    std::memset(piece, static_cast<int>(pattern(piece)), bytes);
    pieces_[piece] = bytes;
  }
  // Frees a live piece, that must hold what was written into it.
  void free(std::byte* piece) {
    const std::size_t bytes = pieces_.at(piece);
    for (std::size_t i = 0; i != bytes; ++i) {
      ASSERT_EQ(piece[i], pattern(piece)) << "somebody else wrote into a piece";
      owned_[offset(piece) + i] = false;
    }
    pieces_.erase(piece);
    pool_.free(piece);
  }
  std::byte* nth(std::size_t n) const {
    return std::next(pieces_.begin(), static_cast<std::ptrdiff_t>(n))->first;
  }
  void free_all() {
    while (!pieces_.empty()) free(pieces_.begin()->first);
  }

  // Is there a gap that serves this request, by what the pool says of gaps (must_fit)?
  bool must_fit(std::size_t bytes, std::size_t alignment) const {
    const std::byte* begin = buffer_.data();
    for (const auto& [piece, size] : pieces_) {
      if (pool_.must_fit(begin, piece, bytes, alignment)) return true;
      begin = piece + size;
    }
    return pool_.must_fit(begin, buffer_.data() + buffer_.size(), bytes, alignment);
  }
  // And by the places that the pool's own sizes leave: a post and then the piece between the end of
  // one piece as rounded and the post of the next, a free segment or nothing in front of it?
  bool is_room(std::size_t bytes, std::size_t alignment) const {
    const std::byte* post = first_post_;
    for (const auto& [piece, size] : pieces_) {
      if (fits(post, piece - PostsOf<Pool>::bytes, bytes, alignment)) return true;
      post = piece + pool_.size_of(piece);
    }
    return fits(post, last_post_, bytes, alignment);
  }
  // With the pool empty: learns where its first and last post are.
  void find_ends() {
    auto* all = static_cast<std::byte*>(pool_.alloc(pool_.capacity()));
    ASSERT_NE(all, nullptr);
    first_post_ = all - PostsOf<Pool>::bytes;
    last_post_ = all + pool_.size_of(all);
    pool_.free(all);
  }

 private:
  std::size_t offset(const std::byte* piece) const {
    return address(piece) - address(buffer_.data());
  }
  static std::byte pattern(const std::byte* piece) {
    return static_cast<std::byte>(address(piece) / 8 * 31 + 7);
  }
  // Byte by byte, so as not to calculate it as the pool does.
  bool fits(const std::byte* from, const std::byte* to, std::size_t bytes,
            std::size_t alignment) const {
    const std::size_t unit = pool_.alignment();
    const std::size_t least = (PostsOf<Pool>::least + unit - 1) / unit * unit;
    std::size_t segment = unit;
    while (segment < bytes + PostsOf<Pool>::bytes || segment < least) segment += unit;
    for (const std::byte* post = from; post < to; post += unit) {
      if (post != from && static_cast<std::size_t>(post - from) < least) continue;
      if (static_cast<std::size_t>(to - post) < segment) return false;
      if ((address(post) + PostsOf<Pool>::bytes) % alignment == 0) return true;
    }
    return false;
  }

  Pool& pool_;
  const GuardedBuffer& buffer_;
  std::vector<bool> owned_;  // each byte of the buffer
  std::map<std::byte*, std::size_t> pieces_;
  const std::byte* first_post_ = nullptr;
  const std::byte* last_post_ = nullptr;
};

// Between 1 and most, each power of two as likely as any other.
inline std::size_t log_uniform(std::mt19937_64& random, std::size_t most) {
  const auto bits = static_cast<unsigned>(std::bit_width(most));
  const std::size_t top = std::size_t{1} << (random() % bits);
  return std::min(most, top + random() % top);
}

}  // namespace poolproof::test
