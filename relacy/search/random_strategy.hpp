// RandomStrategy: who takes the next step is drawn at each; in calm executions, now and then.
#pragma once

#include <cstdint>

#include "sampled_strategy.hpp"

namespace poolproof {

class RandomStrategy final : public SampledStrategy {
 public:
  using SampledStrategy::SampledStrategy;

  unsigned next_actor(const Situation& situation) override;
};

}  // namespace poolproof
