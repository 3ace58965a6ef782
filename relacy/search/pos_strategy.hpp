// PosStrategy: partial order sampling (Yuan, Yang and Gu, CAV 2018). Each access that an actor
// stands before has a priority of its own, drawn at random, and the highest goes first. Then the
// accesses that race with it get new ones. So executions that differ in the order of racing
// accesses are drawn more evenly than by a coin at each step: an actor stays before its access
// while another takes n steps elsewhere with a chance of 1 / (n + 1), where a coin gives 1 / 2^n.
#pragma once

#include <array>
#include <cstdint>

#include "pending_accesses.hpp"
#include "sampled_strategy.hpp"

namespace poolproof {

class PosStrategy final : public SampledStrategy {
 public:
  using SampledStrategy::SampledStrategy;

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;

 private:
  PendingAccesses pending_;
  std::array<std::uint32_t, ModelTest::most_actors> priority_{};  // of these
};

}  // namespace poolproof
