// WalkStrategy: a uniform random walk over interleavings. Where actors do not depend on each other,
// an actor that has r of all the R steps left goes on with a chance of r/R, and every interleaving
// is as likely as any other; a fair coin at each step would favour those that keep in step (Zhao
// and others, ASPLOS 2025). How many steps are left is guessed from an execution without chance.
#pragma once

#include <array>
#include <cstdint>

#include "sampled_strategy.hpp"

namespace poolproof {

class WalkStrategy final : public SampledStrategy {
 public:
  WalkStrategy(std::uint64_t seed, const Window& window, const StepProfile& profile,
               bool may_be_fine = true)
      : SampledStrategy(seed, window, may_be_fine), profile_(profile) {}

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;

 private:
  const StepProfile profile_;
  std::array<std::uint32_t, ModelTest::most_actors> left_{};  // steps of each actor
};

}  // namespace poolproof
