// SampledStrategy: what searches by chance have in common. Execution number n of a seed always
// makes the same choices, so a window of executions can be split over jobs and machines, and each
// be run again alone.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <vector>

#include "harness/base/rng.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/engine/strategy.hpp"

namespace poolproof {

// The executions first, first + stride, ..., up to last.
struct SampleWindow {
  std::uint64_t first = 1;
  std::uint64_t stride = 1;
  std::uint64_t last = ~std::uint64_t{0};
};

// How often each actor accesses an object.
struct ObjectAccesses {
  std::uint32_t object = 0;
  std::array<std::uint32_t, ModelTest::most_actors> accesses{};
};

// For strategies that must know what an execution is like before they begin it.
struct StepProfile {
  std::array<std::uint32_t, ModelTest::most_actors> steps{};  // of each actor, all choices plain
  std::uint32_t most = 0;                // steps in one execution, of that and some by chance
  std::vector<ObjectAccesses> shared{};  // in one by chance, on average: those that several access
};
// record: as explore has it. stop: asked after each execution whether no more should be made; none:
// never.
StepProfile profile_of(ModelTest& test, unsigned actors, ScheduleRecord* record = nullptr,
                       const std::function<bool()>& stop = {});

class SampledStrategy : public Strategy {
 public:
  static constexpr std::uint64_t fine_one_in = 8;  // executions that have fine steps

  using Window = SampleWindow;

  // may_be_fine: may executions have fine steps?
  SampledStrategy(std::uint64_t seed, const Window& window, bool may_be_fine = true) noexcept
      : seed_(seed), window_(window), may_be_fine_(may_be_fine) {}

  bool begin() override;
  std::uint32_t choose(std::uint32_t n, Choice kind) override;
  bool has_fine_steps() const override { return fine_; }

 protected:
  // Every other execution is calm: its actors mostly go on, and memory mostly behaves. Some bugs
  // want many switches, others a few at the right places.
  bool is_calm() const noexcept { return calm_; }
  // The enabled actors, but for one that waits, if there are others: it lets these go on.
  static std::uint32_t willing_actors(const Situation& situation) noexcept {
    const std::uint32_t enabled = situation.enabled;
    if (!situation.yielded || std::popcount(enabled) == 1) return enabled;
    return enabled & ~(1U << situation.current);
  }
  Rng& rng() noexcept { return rng_; }

 private:
  const std::uint64_t seed_;
  Window window_;
  const bool may_be_fine_;
  Rng rng_;
  bool calm_ = false;
  bool fine_ = false;
};

}  // namespace poolproof
