// SignPosts: how the posts before the segments of a sign post pool are read, written and found
// damaged. For the thread that has the pool.
//
// A post has two arms, a Word each: `back` tells of the segment before the post, `ahead` of the one
// behind it. An arm is the distance in bytes to the post at the other end of that segment, a
// multiple of 8, and `used`, its lowest bit. So all that is known of a segment stands twice, at its
// two ends, and a post that something was written into contradicts a neighbour.
//
// In memory each arm is sealed: mixed (xor) with the address of its post and the seal of the pool.
// So bytes of a user are not taken for a post but by a rare chance, neither zeroes nor a repeated
// pattern, which would have to agree with itself at another address, nor numbers that look like
// distances, nor posts of a pool that was here before. This is against accidents, not attackers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../../sizes.hpp"

namespace poolproof {

// Prints one line to standard error, of the call, what is wrong, the pool and the place, and
// aborts.
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_at_post(const char* call, const char* what,
                                                                const void* pool,
                                                                const void* place) noexcept {
  std::fprintf(stderr, "poolproof: %s: %s (sign post pool %p, at %p)\n", call, what, pool, place);
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

  // Any number; of near ones the seals are far from each other.
  void set_seal(std::uint64_t number) noexcept {
    constexpr std::uint64_t golden_ratio = 0x9E37'79B9'7F4A'7C15;  // of 2^64
    seal_ = static_cast<Word>(std::rotl(number * golden_ratio, 32));
  }

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
  Word key(const std::byte* post) const noexcept {
    return static_cast<Word>(address(post) / alignof(std::uint64_t)) ^ seal_;
  }

  Word seal_ = 0;
};

}  // namespace poolproof
