// RandomStrategy: execution number n of a seed always makes the same choices, so a window of
// executions can be split over jobs and machines, and each be run again alone.
#pragma once

#include <cstdint>

#include "harness/rng.hpp"
#include "strategy.hpp"

namespace poolproof {

class RandomStrategy final : public Strategy {
 public:
  // The executions first, first + stride, ..., up to last.
  struct Window {
    std::uint64_t first = 1;
    std::uint64_t stride = 1;
    std::uint64_t last = ~std::uint64_t{0};
  };

  RandomStrategy(std::uint64_t seed, const Window& window) noexcept
      : seed_(seed), window_(window) {}

  bool begin() override;
  unsigned next_actor(std::uint32_t ready, unsigned current, bool yielded) override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;

 private:
  const std::uint64_t seed_;
  Window window_;
  Rng rng_;
  bool calm_ = false;
};

}  // namespace poolproof
