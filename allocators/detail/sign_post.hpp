// SignPosts: how the posts before the segments of a sign post pool are read, written and found
// damaged. For the thread that has the pool.
//
// A post has two arms, a Word each: `back` tells of the segment before the post, `ahead` of the one
// behind it. An arm is the distance in bytes to the post at the other end of that segment, a
// multiple of 8, and `used`, its lowest bit. So all that is known of a segment stands twice, at its
// two ends, and a post that something was written into contradicts a neighbour.
//
// In memory each arm is sealed: mixed (xor) with a number made from the address of its post and
// from the pool's seal. So no bytes of a user are taken for a post but by chance (2^-32 for each
// arm that is compared), neither zeroes nor a repeated pattern nor numbers that look like
// distances, nor the posts of a pool that was here before. This is against accidents, not against
// attackers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../sizes.hpp"

namespace poolproof {

// Prints one line to standard error, of the pool, the place and what is wrong there, and aborts.
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_at_post(const char* what, const void* pool,
                                                                const void* place) noexcept {
  std::fprintf(stderr, "poolproof: SignPostAllocator at %p: %s (place %p)\n", pool, what, place);
  std::abort();
}

// Reads and writes values in raw memory, whatever lay there before.
template <class T>
T read_raw(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
void write_raw(std::byte* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

// Word: std::uint32_t for chunks below 4 GiB, or std::uint64_t.
template <class Word>
class SignPosts {
 public:
  static constexpr std::size_t size = 2 * sizeof(Word);  // bytes of a post
  static constexpr std::size_t most_distance = static_cast<Word>(-1) & ~std::size_t{7};

  // An arm: distance and state.
  static constexpr Word used_flag = 1;
  static constexpr Word used_arm(std::size_t bytes) noexcept {
    return static_cast<Word>(bytes | used_flag);
  }
  static constexpr Word free_arm(std::size_t bytes) noexcept { return static_cast<Word>(bytes); }
  static constexpr bool is_used(Word arm) noexcept { return (arm & used_flag) != 0; }
  static constexpr std::size_t bytes(Word arm) noexcept { return arm & ~std::size_t{7}; }

  void set_seal(std::uint64_t seal) noexcept { seal_ = static_cast<Word>(seal * mixer >> 16); }

  Word back(const std::byte* post) const noexcept { return read_raw<Word>(post) ^ key(post); }
  Word ahead(const std::byte* post) const noexcept {
    return read_raw<Word>(post + sizeof(Word)) ^ key(post);
  }
  void set_back(std::byte* post, Word arm) const noexcept {
    write_raw<Word>(post, arm ^ key(post));
  }
  void set_ahead(std::byte* post, Word arm) const noexcept {
    write_raw<Word>(post + sizeof(Word), arm ^ key(post));
  }
  // The post is none any more: its arms are free, of no length. A second free finds them.
  void remove(std::byte* post) const noexcept {
    set_back(post, free_arm(0));
    set_ahead(post, free_arm(0));
  }

 private:
  static constexpr std::uint64_t mixer =
      0x9E37'79B9'7F4A'7C15;  // 2^64 / golden ratio: all bits mix

  // Bits 16 and up of the product: there every bit of an aligned address below 2^48 has a say.
  Word key(const std::byte* post) const noexcept {
    return static_cast<Word>(address(post) * mixer >> 16) ^ seal_;
  }

  Word seal_ = 0;
};

}  // namespace poolproof
