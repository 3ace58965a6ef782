// LinearRun: a stress run of one scenario on one linear allocator. All actors carve until nothing
// is left, ask for more in vain, check their pieces and rest; then the pieces must fill the memory
// but for less than one request, and after reset everything must be there again.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "allocators/async_linear_allocator.hpp"
#include "allocators/sizes.hpp"
#include "allocators/static_allocator.hpp"
#include "harness/base/rng.hpp"
#include "harness/oracles/ledger.hpp"
#include "scenarios/scenario.hpp"
#include "stress_run.hpp"

namespace poolproof {

inline constexpr std::size_t linear_bytes = 1 << 16;  // of the memory that a run carves up
inline constexpr std::size_t linear_granule = 16;     // sizes are rounded up to it

// One actor's part; see LinearActor. Pieces are stamped granule by granule.
template <class Linear>
class CarvingActor {
 public:
  CarvingActor(std::uint32_t number, std::uint64_t seed, std::uint32_t most_bytes, Ledger& ledger,
               ActorState& state)
      : owner_(number + 1), rng_(seed, number), most_(most_bytes), ledger_(ledger), state_(state) {}

  void start_round(Linear& linear) noexcept {
    linear_ = &linear;
    resting_ = vain_succeeded_ = false;
    pieces_.clear();
    carved_ = padding_ = 0;
    misaligned_ = false;
  }
  std::uint32_t random(std::uint32_t n) noexcept { return rng_.below(n); }
  std::uint32_t most_bytes() const noexcept { return most_; }
  bool resting() const noexcept { return resting_; }

  static constexpr std::uint32_t most_alignment = 4 * linear_granule;

  bool carve(std::uint32_t bytes) {
    state_.begin(ActorState::Doing::allocating);
    return note(linear_->alloc(bytes), bytes, linear_granule);
  }
  bool carve_aligned(std::uint32_t bytes, std::uint32_t alignment) {
    state_.begin(ActorState::Doing::allocating);
    return note(linear_->alloc_aligned(bytes, alignment), bytes, alignment);
  }
  std::uint32_t alignment() const noexcept { return linear_granule; }

  // Fails on purpose, often and with sizes that invite an overflow: none may move the offset past
  // recovery. Then gives all pieces back to the ledger, which looks at every granule.
  void rest() {
    resting_ = true;
    for (std::uint32_t n = 0; n != 64; ++n) {
      const std::size_t power = std::size_t{1} << (17 + rng_.below(47));
      const std::size_t size = n % 2 == 0 ? power + rng_.below(64) : 0 - power - rng_.below(64);
      if (linear_->alloc(size) != nullptr) vain_succeeded_ = true;
    }
    for (const Piece& piece : pieces_) {
      for (std::size_t i = 0; i != piece.size; i += linear_granule) {
        ledger_.releasing(owner_, piece.start + i);
      }
    }
  }
  std::size_t carved() const noexcept { return carved_; }
  // The most that pieces may have cost beside.
  std::size_t padding() const noexcept { return padding_; }
  bool misaligned() const noexcept { return misaligned_; }
  bool vain_succeeded() const noexcept { return vain_succeeded_; }

 private:
  struct Piece {
    std::byte* start;
    std::size_t size;
  };

  bool note(void* start, std::uint32_t bytes, std::uint32_t alignment) {
    if (start == nullptr) {
      ++state_.exhaustions;
      return false;
    }
    auto* piece = static_cast<std::byte*>(start);
    misaligned_ |= address(piece) % alignment != 0;
    const std::size_t rounded = align_up(bytes, linear_granule);
    for (std::size_t i = 0; i != rounded; i += linear_granule) ledger_.acquired(owner_, piece + i);
    pieces_.push_back({piece, rounded});
    carved_ += rounded;
    padding_ += alignment - linear_granule;
    state_.count_pair();
    return true;
  }

  const Ledger::Owner owner_;
  Rng rng_;
  const std::uint32_t most_;
  Ledger& ledger_;
  ActorState& state_;
  Linear* linear_ = nullptr;
  std::vector<Piece> pieces_;
  std::size_t carved_ = 0;
  std::size_t padding_ = 0;
  bool misaligned_ = false;
  bool resting_ = false;
  bool vain_succeeded_ = false;
};

// Where an AsyncLinearAllocator gets its memory; AsyncStaticAllocator brings its own.
template <class Linear>
struct LinearHolder {
  alignas(64) std::byte buffer[linear_bytes];
  Linear linear{buffer, linear_bytes, linear_granule};
};
template <Backend B>
using StaticLinear = AsyncStaticAllocator<linear_bytes, linear_granule, B>;
template <Backend B>
struct LinearHolder<StaticLinear<B>> {
  StaticLinear<B> linear;
};

template <class Linear, class Scenario>
class LinearRun final : public StressRun {
 public:
  explicit LinearRun(const RunConfig& config)
      : StressRun(config),
        holder_(std::make_unique<LinearHolder<Linear>>()),
        ledger_(log_, static_cast<std::byte*>(holder_->linear.alloc(1)), linear_bytes,
                linear_granule, linear_granule) {
    const std::uint32_t most = std::clamp(config.block_size, 1U, 1024U);
    for (std::uint32_t i = 0; i != config.threads; ++i) {
      carvers_.push_back(
          std::make_unique<CarvingActor<Linear>>(i, config.seed, most, ledger_, actors_[i]));
    }
  }

 private:
  void act(std::uint32_t i) override {
    CarvingActor<Linear>& me = *carvers_[i];
    while (!me.resting() && !round_over(actors_[i])) Scenario::step(me);
    if (!me.resting()) me.rest();
  }

  void start_round() override {
    holder_->linear.reset();
    for (auto& carver : carvers_) carver->start_round(holder_->linear);
  }

  void check_at_rest() override {
    std::size_t carved = 0;
    std::size_t padding = 0;
    bool all_saw_the_end = true;
    for (const auto& carver : carvers_) {
      carved += carver->carved();
      padding += carver->padding();
      if (carver->misaligned()) log_.report("alignment", "a piece is misaligned");
      if (carver->vain_succeeded()) log_.report("range", "an alloc beyond the capacity succeeded");
    }
    const Linear& linear = holder_->linear;
    const std::size_t most = align_up(carvers_[0]->most_bytes(), linear_granule) +
                             CarvingActor<Linear>::most_alignment - linear_granule;
    if (linear.used() > linear.capacity() || carved > linear.used()) {
      log_.report("conservation", fmt::format("carved {} of {} bytes used, of {}", carved,
                                              linear.used(), linear.capacity()));
    }
    all_saw_the_end = linear.used() + most > linear.capacity();
    if (all_saw_the_end && carved + padding + most <= linear.capacity()) {
      log_.report("must_succeed",
                  fmt::format("allocs failed with {} of {} bytes carved, though none asked for "
                              "more than {}",
                              carved, linear.capacity(), most));
    }
    if (log_.failed()) ledger_.clear();
  }

  std::unique_ptr<LinearHolder<Linear>> holder_;
  Ledger ledger_;
  std::vector<std::unique_ptr<CarvingActor<Linear>>> carvers_;
};

}  // namespace poolproof
