// HandoverStrategy: actors take turns. Each goes on until it has written to an atomic that others
// may see, then another takes over. Who that is, is drawn by weights that are anew for each
// execution, from 1 to 512, so that often two actors answer each other for long while the rest
// stands aside. Bugs that need many turns at the right places are lost among all orders of steps:
// ten in a row have a chance of 1 / 2^10 here, or more, where a coin at each step has 1 / 2^30.
#pragma once

#include <array>
#include <cstdint>

#include "sampled_strategy.hpp"

namespace poolproof {

class HandoverStrategy final : public SampledStrategy {
 public:
  using SampledStrategy::SampledStrategy;

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;
  // In a calm execution loads read the newest store, and no weak CAS fails spuriously: else long
  // orders would come about only where all of that is as they want it, too.
  std::uint32_t choose(std::uint32_t n, Choice kind) override;

 private:
  bool goes_on(const Situation& situation);

  std::array<std::uint32_t, ModelTest::most_actors> weight_{};
};

}  // namespace poolproof
