// Rng: the only random number generator of the harness. It is small, fast, and the same on every
// machine, as the distributions of <random> are not. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
#pragma once

#include <cstdint>

namespace poolproof {

class Rng {
 public:
  constexpr Rng() noexcept = default;
  // The streams of one seed are independent enough for every use here.
  constexpr Rng(std::uint64_t seed, std::uint64_t stream) noexcept : state_(seed) {
    state_ = next() ^ (stream * 0xd1342543de82ef95);
    next();
  }

  // at(state()) goes on with the same numbers.
  constexpr std::uint64_t state() const noexcept { return state_; }
  static constexpr Rng at(std::uint64_t state) noexcept {
    Rng rng;
    rng.state_ = state;
    return rng;
  }

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  constexpr std::uint32_t next32() noexcept { return static_cast<std::uint32_t>(next() >> 32); }

  // A number in [0, n), n at least 1; the bias is below n / 2^32.
  constexpr std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{next32()} * n) >> 32);
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace poolproof
