// SelectiveStrategy: a selectively uniform random walk (Zhao and others, ASPLOS 2025). For each
// execution one object is drawn that several actors access, and every order of the accesses to it
// is about as likely as any other: who accesses it next is drawn by how many accesses each has
// left. Who else stands before it waits; what lies between is scheduled at random. A bug that
// depends on the order at one object is found soon, however many steps lie around. How often each
// actor accesses which object is guessed from executions at random.
#pragma once

#include <array>
#include <cstdint>

#include "pending_accesses.hpp"
#include "sampled_strategy.hpp"

namespace poolproof {

class SelectiveStrategy final : public SampledStrategy {
 public:
  SelectiveStrategy(std::uint64_t seed, const Window& window, const StepProfile& profile,
                    bool may_be_fine = true)
      : SampledStrategy(seed, window, may_be_fine), profile_(profile) {}

  bool begin() override;
  unsigned next_actor(const Situation& situation) override;

 private:
  bool stands_before_object(unsigned actor) const noexcept;
  unsigned draw_accessor(std::uint32_t willing);

  const StepProfile profile_;
  PendingAccesses pending_;
  ObjectAccesses left_;  // of the object that was drawn
  bool has_object_ = false;
  unsigned accessor_ = nobody;  // who accesses it next
};

}  // namespace poolproof
