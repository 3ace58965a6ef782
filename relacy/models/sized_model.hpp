// SizedModel: a scenario on an allocator of pieces of any size, as a ModelTest: a pool in a buffer
// or over a base, actors that take the scenario's steps on it, and the oracles at rest.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>
#include <type_traits>

#include "decoders.hpp"
#include "sized_world.hpp"

namespace poolproof {

// All of it but the steps: compiled once for each allocator.
template <class Pool>
class SizedModelBase : public ModelTest {
 public:
  using Actor = SizedModelActor<Pool>;
  static_assert(SizedActor<Actor>);

  void before() override {
    named_at_rest_ = false;
    world_.make(choose_setting());
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i].make(*world_, i);
  }
  void actor(unsigned index) override {
    for (unsigned i = 0; i != scope_.rounds; ++i) take_step(*actors_[index]);
    if constexpr (HasHandles<Pool>) {
      if (!model_stops_one_actor() && model_choice(2) == 1) actors_[index]->end_handle();
    }
  }
  void after() override {
    // An execution that fails while it is taken down has nothing left to be described.
    named_at_rest_ = model_is_traced();
    if (named_at_rest_) name_all(names_at_rest_ = {});
    end_state_ = world_->ledger.who_got_what();
    look_at_rest();
    conserve();
    world_.destroy();
  }
  // A pool may keep its handles in an order of its own.
  bool is_symmetric() const override { return !HasHandles<Pool>; }
  std::uint64_t end_state() const override { return end_state_; }
  // What handles keep is not looked at.
  bool add_state(StateHash& hash, bool with_end) const override {
    if (HasHandles<Pool>) return false;
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i]->add_state(hash);
    world_->add_state(hash, with_end);
    return true;
  }
  void describe(Names& names) const override {
    if (named_at_rest_) {
      names = names_at_rest_;
    } else {
      name_all(names);
    }
  }

 protected:
  // kept_by_step: how many pieces more than before a step may keep, at most.
  SizedModelBase(const Scope& scope, const ScenarioInfo& scenario, unsigned kept_by_step)
      : scope_(scope), scenario_(scenario), kept_by_step_(kept_by_step) {}

  // Takes one step of the scenario.
  virtual void take_step(Actor& me) = 0;

 private:
  static constexpr unsigned units_per_block = 2;
  static constexpr unsigned units_per_chunk = 4;

  // Requests of up to the whole pool, or a chunk of the base; quotas that the pool has room for, or
  // twice as large, if an actor can come to that. Choice 0 is the simplest.
  SizedSetting choose_setting() const {
    const unsigned pools = PiecesGrowOverBase<Pool> && !model_stops_one_actor() ? 2 : 1;
    const unsigned fair = std::max(1U, scope_.blocks / scope_.actors);
    const bool may_keep_more = fair / kept_by_step_ < scope_.rounds;
    const unsigned quotas = scenario_.uses_held && may_keep_more ? 2 : 1;
    const std::uint32_t chosen = model_choice(pools * quotas);
    SizedSetting setting;
    setting.units = units_per_block * scope_.blocks;
    if (chosen % pools != 0) {
      setting.chunks = 2;
      setting.units = units_per_chunk;
    }
    setting.most_bytes = SizedLedger::unit * std::bit_floor(setting.units);
    setting.quota = std::min(chosen / pools != 0 ? 2 * fair : fair, Actor::most_held);
    return setting;
  }

  void look_at_invariant() const {
    if constexpr (TellsViolation<Pool>) {
      const char* wrong = world_->pool.violation();
      require(wrong == nullptr, "invariant", wrong);
    }
  }
  // Nothing moves: the largest request that a hole must serve is served.
  void look_at_rest() {
    look_at_invariant();
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i]->end_handle();
    if constexpr (TellsFit<Pool>) {
      world_->base.stop_refusing();
      std::uint32_t most = 0;
      world_->ledger.for_holes_at_rest([&](const std::byte* begin, const std::byte* end) {
        for (std::uint32_t bytes = SizedLedger::unit;
             world_->pool.must_fit(begin, end, bytes, SizedLedger::unit);
             bytes += SizedLedger::unit) {
          most = std::max(most, bytes);
        }
      });
      if (most != 0) actors_[0]->free(must_alloc(most));  // the ledger checks it
    }
  }
  Piece must_alloc(std::uint32_t bytes) {
    const Piece piece = actors_[0]->alloc(bytes);
    require(static_cast<bool>(piece), "must_succeed",
            "at rest an alloc failed, and a hole has room for it");
    return piece;
  }

  // Once everything is given back, the pool is what it was at first.
  void conserve() {
    for (unsigned i = 0; i != scope_.actors; ++i) {
      while (actors_[i]->held() != 0) actors_[i]->free(actors_[i]->take(0));
    }
    if (const Piece piece = actors_[0]->swap(0, {})) actors_[0]->free(piece);
    look_at_invariant();
    if constexpr (TellsUsed<Pool>) {
      require(world_->pool.used() == 0, "conservation", "bytes are in use after all were freed");
    }
    // Over a base there was nothing at first; the invariant says that what is free lies together.
    if constexpr (TellsLargestFree<Pool>) {
      if (world_->setting.chunks != 0) return;
      require(world_->pool.largest_free() == world_->largest_at_first, "conservation",
              "with nothing in use, the largest free segment is not as large as at first");
      const auto whole = static_cast<std::uint32_t>(world_->largest_at_first);
      actors_[0]->free(must_alloc(whole));
    }
  }

  void name_all(Names& names) const {
    world_->ledger.describe(names);
    if constexpr (requires { world_->pool.describe(names); }) world_->pool.describe(names);
    world_->base.describe(names);
    names("bucket", world_->bucket);
    std::array<char, 100> text;
    const SizedSetting& setting = world_->setting;
    std::snprintf(text.data(), text.size(),
                  "A pool %s %u units of %u bytes; an actor keeps at most %u piece%s",
                  setting.chunks == 0 ? "of" : "that grows by chunks of", setting.units,
                  SizedLedger::unit, setting.quota, setting.quota == 1 ? "" : "s");
    names.setting(text.data());
  }

  const Scope scope_;
  const ScenarioInfo scenario_;
  const unsigned kept_by_step_;
  ExecutionLocal<SizedWorld<Pool>> world_;
  std::array<ExecutionLocal<Actor>, most_actors> actors_;
  std::uint64_t end_state_ = 0;
  bool named_at_rest_ = false;
  Names names_at_rest_;
};

template <class Pool, class Scenario>
class SizedModel final : public SizedModelBase<Pool> {
 public:
  explicit SizedModel(const Scope& scope)
      : SizedModelBase<Pool>(scope, Scenario::info, kept_by_step()) {}

 private:
  static constexpr unsigned kept_by_step() noexcept {
    if constexpr (requires { Scenario::kept_by_step; }) return Scenario::kept_by_step;
    return SizedModelActor<Pool>::most_held;
  }
  void take_step(SizedModelActor<Pool>& me) override { Scenario::step(me); }
};

// The model of Pool under that of the scenarios that is called so; null where none is.
template <class Pool, class... Scenarios>
std::unique_ptr<ModelTest> make_sized_model(std::string_view scenario, const Scope& scope,
                                            ScenarioList<Scenarios...>) {
  std::unique_ptr<ModelTest> model;
  const auto try_one = [&]<class Scenario>(std::type_identity<Scenario>) {
    if (Scenario::info.name != scenario) return false;
    model = std::make_unique<SizedModel<Pool, Scenario>>(scope);
    return true;
  };
  static_cast<void>((try_one(std::type_identity<Scenarios>()) || ...));
  return model;
}

}  // namespace poolproof
