// PctStrategy: probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010). Actors have
// priorities, drawn at the start, and the highest that can goes on; at depth - 1 steps, also drawn
// at the start, the one that goes on falls behind all others. A bug that needs so many orderings of
// steps is found by one execution with a chance of at least 1 / (actors * steps^(depth - 1)).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "harness/check/model_check.hpp"
#include "sampled_strategy.hpp"

namespace poolproof {

class PctStrategy final : public SampledStrategy {
 public:
  // depth: at least 1. The steps of an execution are taken to be at most the profile's, and none
  // are fine: these would be too many.
  PctStrategy(std::uint64_t seed, const Window& window, unsigned depth, const StepProfile& profile)
      : SampledStrategy(seed, window, false), steps_(profile.most), changes_(depth - 1) {}

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;

  bool end(const StepReport&) override;

  // What the executions so far are worth: those that took more steps than they should are not
  // counted.
  CheckSearched searched(unsigned actors) const noexcept;
  // The chance of one execution to find a bug of that depth: see above.
  static double chance(unsigned actors, std::uint32_t steps, unsigned depth) noexcept;

 private:
  void fall_behind(unsigned actor) noexcept { priority_[actor] = --lowest_; }

  const std::uint32_t steps_;
  std::vector<std::uint32_t> changes_;  // the steps at which they come
  std::array<std::int64_t, ModelTest::most_actors> priority_{};
  std::int64_t lowest_ = 0;
  std::uint32_t step_ = 0;
  std::uint64_t executions_ = 0;
  std::uint64_t longer_ = 0;  // of these, with more steps
};

}  // namespace poolproof
