// SizedRun: a stress run of one scenario on one allocator of pieces of any size.
//
// Each pool lives for two rounds: in a buffer or growing over a base, large or small, as the seed
// says. After each round the pool's own structure is looked at, and the largest hole between the
// pieces in use must serve a request for all of it. At the end of its life everything is given
// back: the pool must be one free segment again, and the base must be owed nothing.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <vector>

#include "harness/oracles/run_memory.hpp"
#include "harness/stress/runs/stress_run.hpp"
#include "sized_stress_actor.hpp"

namespace poolproof {

// All of it but the steps: compiled once for each allocator.
template <class Pool>
class SizedRunBase : public StressRun {
 protected:
  using Actor = SizedStressActor<Pool>;
  static_assert(SizedActor<Actor>);
  static constexpr std::uint32_t unit = 16;  // bytes

  SizedRunBase(const RunConfig& config, const ScenarioInfo& scenario)
      : StressRun(config),
        scenario_(scenario),
        most_bytes_(unit * std::bit_floor(std::clamp(config.block_size, 2U, 256U))),
        pool_bytes_(std::bit_ceil(std::max<std::size_t>(1U << 16, config.threads * 4096UL))),
        memory_(16 * pool_bytes_, pool_bytes_),
        ledger_(make_ledger()),
        rng_(config.seed, 1ULL << 33),
        bucket_(std::make_unique<PieceSlot[]>(most_slots)) {
    for (std::uint32_t i = 0; i != config.threads; ++i) {
      sized_actors_.push_back(
          std::make_unique<Actor>(i, config.seed, ledger_, log_, actors_[i], most_quota + 1));
    }
  }

  // Steps of the scenario, until the round is over.
  virtual void take_steps(Actor& me, ActorState& state) = 0;

 private:
  static constexpr std::uint32_t most_slots = 64;
  static constexpr std::uint32_t most_quota = 64;

  PieceLedger make_ledger() {
    if constexpr (PiecesLieAnywhere<Pool>) return PieceLedger(log_);
    return PieceLedger(log_, memory_.begin(), memory_.size(), unit);
  }

  void act(std::uint32_t i) override { take_steps(*sized_actors_[i], actors_[i]); }

  void start_round() override {
    if (pool_) return;  // the second round of its life
    ledger_.clear();
    pool_.emplace();
    growing_ = PiecesGrowOverBase<Pool> && rng_.below(4) == 0;
    buffer_bytes_ = pool_bytes_ >> rng_.below(5);
    const InitResult result = growing_ ? init_over_base() : init_in_buffer();
    if (!result) {
      log_.report("init", result.message().c_str());
      return;
    }
    choose_shape();
    largest_at_first_ = largest_free();
    for (auto& actor : sized_actors_) actor->start_round(*pool_, shape_);
  }
  InitResult init_over_base() {
    if constexpr (PiecesGrowOverBase<Pool>) {
      const std::uint32_t chunks = 1 + rng_.below(8);
      TrackedBase& base = memory_.give_base(chunks, config_.seed + rng_.next32());
      base.refuse_one_in(0);
      const InitResult result = init_pieces(*pool_, base, buffer_bytes_ / 4, unit);
      base.refuse_one_in(rng_.below(2) == 0 ? 0 : 3);
      return result;
    }
    return {};
  }
  InitResult init_in_buffer() {
    std::byte* buffer = memory_.give_buffer(buffer_bytes_);
    return init_pieces(*pool_, buffer, buffer_bytes_, unit, buffer_bytes_ / 4);
  }

  void choose_shape() {
    shape_ = {.actors = config_.threads, .unit = unit, .bucket = bucket_.get()};
    const auto share = static_cast<std::uint32_t>(buffer_bytes_ / 2 / config_.threads);
    shape_.most_bytes = std::clamp(std::bit_floor(share), 2 * unit, most_bytes_);
    shape_.quota = 1 + rng_.below(most_quota);
    if constexpr (PiecesLieAnywhere<Pool>) {  // no more than the ledger can watch
      const auto most = static_cast<std::uint32_t>(pool_bytes_ * 2 / shape_.most_bytes);
      shape_.quota = std::clamp(most / config_.threads, 1U, shape_.quota);
    }
    shape_.slots = 1 + rng_.below(most_slots);
    shape_.in_hand = scenario_.in_hand + 1;
    places_ = {};
    if (!growing_ && !PiecesLieAnywhere<Pool>) {
      const auto skipped = static_cast<std::size_t>(memory_.buffer() - memory_.begin());
      places_ = {skipped / unit, (skipped + buffer_bytes_) / unit};
    }
    // Handles keep pieces that others cannot have.
    if constexpr (!requires { typename Pool::Cache; }) shape_.places = places_;
  }

  void check_at_rest() override {
    if (log_.failed()) return abandon_pool();
    if (ledger_.overflowed()) doubt_ = "it has more different pieces than the oracles can watch";
    memory_.base().refuse_one_in(0);
    look_at_red_zones();
    look_at_invariant();
    look_at_holes();
    ask_for_nonsense();
    if (log_.failed()) return abandon_pool();
    if (!second_round_) {
      second_round_ = true;
      return;
    }
    take_down();
  }

  void look_at_red_zones() {
    if (const auto what = memory_.overrun()) log_.report("red_zone", *what);
  }

  void reclaim() {
    if constexpr (requires { pool_->reclaim(); }) pool_->reclaim();
  }
  std::size_t largest_free() {
    reclaim();
    if constexpr (TellsLargestFree<Pool>) return pool_->largest_free();
    return 0;
  }
  void look_at_invariant() {
    if constexpr (TellsViolation<Pool>) {
      if (const char* wrong = pool_->violation()) log_.report("invariant", wrong);
    }
  }

  // At rest nothing moves: the largest request that a hole must serve is served.
  void look_at_holes() {
    if constexpr (TellsFit<Pool>) {
      reclaim();
      std::size_t most = 0;
      const auto is_free = [&](std::size_t i) { return Ledger::owner_of(ledger_.stamp(i)) == 0; };
      for_free_runs(ledger_, places_, is_free, [&](const void* begin, const void* end) {
        most = std::max(most, largest_fit(begin, end));
      });
      if (most == 0 || log_.failed()) return;
      const Piece piece{pool_->alloc(most), static_cast<std::uint32_t>(most),
                        whole_size(*pool_, most, unit)};
      if (!piece) {
        log_.report("must_succeed",
                    fmt::format("at rest, an alloc of {} bytes failed, and a hole has room for it; "
                                "the largest free segment is said to have {}",
                                most, largest_free()));
        return;
      }
      ledger_.acquired(Ledger::rest_owner, piece);
      ledger_.releasing(Ledger::rest_owner, piece);
      pool_->free(piece.start);
    }
  }
  // In bytes, a multiple of the unit.
  std::size_t largest_fit(const void* begin, const void* end) const {
    std::size_t fits = 0;
    std::size_t least_too_many = (address(end) - address(begin)) / unit + 1;
    while (least_too_many - fits > 1) {
      const std::size_t middle = fits + (least_too_many - fits) / 2;
      (pool_->must_fit(begin, end, middle * unit, unit) ? fits : least_too_many) = middle;
    }
    return fits * unit;
  }

  // Sizes that invite an overflow, and what is no alignment.
  void ask_for_nonsense() {
    if constexpr (RefusesNonsense<Pool>) {
      const std::size_t huge = std::size_t{0} - 1 - rng_.below(64);
      const std::size_t power = std::size_t{1} << (32 + rng_.below(32));
      const bool granted = pool_->alloc(0) != nullptr || pool_->alloc(huge) != nullptr ||
                           pool_->alloc(power) != nullptr ||
                           pool_->alloc_aligned(unit, 0) != nullptr ||
                           pool_->alloc_aligned(unit, 3 * unit) != nullptr ||
                           pool_->alloc_aligned(huge, 2 * unit) != nullptr ||
                           pool_->alloc_aligned(unit, power) != nullptr;
      if (granted) log_.report("range", "an alloc of a size or alignment that cannot be succeeded");
    }
  }

  void take_down() {
    for (auto& actor : sized_actors_) actor->free_all();
    for (std::uint32_t i = 0; i != shape_.slots; ++i) {
      if (const Piece piece = sized_actors_[0]->swap(i, {})) sized_actors_[0]->free_at_rest(piece);
    }
    if (log_.failed()) return abandon_pool();
    // Half the time the handles outlive the pool.
    const bool ends_handles = rng_.below(2) == 0;
    if (ends_handles) {
      for (auto& actor : sized_actors_) actor->end_handle();
    }
    look_at_invariant();
    const std::size_t largest = largest_free();
    if (largest < largest_at_first_) {
      log_.report("conservation",
                  fmt::format("with nothing in use, the largest free segment has {} bytes; at "
                              "first it had {}",
                              largest, largest_at_first_));
    }
    if constexpr (TellsUsed<Pool>) {
      if (const std::size_t used = pool_->used()) {
        log_.report("conservation", fmt::format("used() is {} with nothing in use", used));
      }
    }
    if (log_.failed()) return abandon_pool();
    pool_->deinit();
    look_at_red_zones();
    if (pool_->alloc(unit) != nullptr) {
      log_.report("deinit", "alloc succeeded on a pool that was taken down");
    }
    if (const auto debt = memory_.debt()) log_.report("base", *debt);
    pool_.reset();
    second_round_ = false;
  }

  // It may be damaged: as little of it is touched as can be.
  void abandon_pool() {
    if constexpr (requires { pool_->abandon(); }) pool_->abandon();
    pool_.reset();
    second_round_ = false;
    for (std::uint32_t i = 0; i != most_slots; ++i) bucket_[i].piece = {};
  }

  const ScenarioInfo scenario_;
  const std::uint32_t most_bytes_;
  const std::size_t pool_bytes_;  // at most
  RunMemory memory_;
  PieceLedger ledger_;
  Rng rng_;
  std::unique_ptr<PieceSlot[]> bucket_;
  std::vector<std::unique_ptr<Actor>> sized_actors_;
  std::optional<Pool> pool_;
  SizedShape shape_;
  std::size_t buffer_bytes_ = 0;  // of the present pool; growing: four times a chunk
  PlaceRange places_;             // that lie in the pool; empty: nobody knows
  std::size_t largest_at_first_ = 0;
  bool growing_ = false;
  bool second_round_ = false;
};

template <class Pool, class Scenario>
class SizedRun final : public SizedRunBase<Pool> {
 public:
  explicit SizedRun(const RunConfig& config) : SizedRunBase<Pool>(config, Scenario::info) {}

 private:
  void take_steps(SizedStressActor<Pool>& me, ActorState& state) override {
    while (!this->round_over(state)) Scenario::step(me);
  }
};

}  // namespace poolproof
