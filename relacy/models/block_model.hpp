// BlockModel: a scenario on a block allocator, as a ModelTest: a pool, actors that take the
// scenario's steps on it, and the oracles at rest. Its actors are BlockActors (scenario.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

#include "block_actor.hpp"
#include "block_ledger.hpp"
#include "decoders.hpp"
#include "harness/check/model_check.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/trace/names.hpp"

namespace poolproof {

// Names the variables of an actor's handle.
struct OfActor {
  template <class Var>
  void bookkeeping(const char* name, const Var& variable) const {
    names.bookkeeping(name, actor, variable);
  }
  Names& names;
  unsigned actor;
};

// All of it but the steps: compiled once for each allocator.
template <class Pool>
class BlockModelBase : public ModelTest {
 public:
  using Actor = ModelBlockActor<Pool>;
  static_assert(BlockActor<Actor>);

  void before() override {
    named_at_rest_ = false;
    world_.make(setting_of(choose_variant()));
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i].make(*world_, i);
  }
  void actor(unsigned index) override {
    for (unsigned i = 0; i != scope_.rounds; ++i) take_step(*actors_[index]);
    if constexpr (HasHandles<Pool>) {
      if (!model_stops_one_actor() && actors_[index]->may_have_handle() && model_choice(2) == 1) {
        actors_[index]->end_handle();
      }
    }
    if (Waits<Pool>) actors_[index]->free_all_and_bucket();
    actors_[index]->flush();
  }
  void after() override {
    // An execution that fails while it is taken down has nothing left to be described.
    named_at_rest_ = model_is_traced();
    if (named_at_rest_) name_all(names_at_rest_ = {});
    end_state_ = world_->ledger.who_got_what();
    conserve();
    // The order in which the free blocks came out.
    end_state_ = mixed(end_state_, world_->ledger.who_got_what());
    if (scenario_.ends_pools) renew();
    world_.destroy();
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i]->forget_handle();
  }
  // A pool may keep its handles in an order of its own.
  bool is_symmetric() const override { return !HasHandles<Pool>; }
  std::uint64_t end_state() const override { return end_state_; }
  bool add_state(StateHash& hash, bool with_end) const override {
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i]->add_state(hash);
    return world_->add_state(hash, with_end);
  }
  void describe(Names& names) const override {
    if (named_at_rest_) {
      names = names_at_rest_;
    } else {
      name_all(names);
    }
  }

 protected:
  BlockModelBase(const Scope& scope, std::optional<BlockVariant> variant,
                 const ScenarioInfo& scenario)
      : scope_(scope), variant_(variant), scenario_(scenario) {}

  // Takes one step of the scenario.
  virtual void take_step(Actor& me) = 0;

 private:
  static constexpr unsigned blocks_per_chunk = 2;

  // Choice 0 is the simplest variant.
  BlockVariant choose_variant() const {
    if (variant_) return *variant_;
    // Growth takes a lock, and so do handles that come and go.
    const bool grows = GrowsOverBase<Pool> && scope_.blocks >= blocks_per_chunk;
    const unsigned pools = grows && !model_stops_one_actor() ? 2 : 1;
    const unsigned quotas = scenario_.uses_held ? 2 : 1;
    const unsigned magazines = HasMagazines<Pool> ? 2 : 1;  // of one block, or of two
    const unsigned fronts = HasMagazines<Pool> && !model_stops_one_actor() ? 3 : 1;
    const std::uint32_t chosen = model_choice(pools * quotas * magazines * fronts);
    return {.grows = chosen % pools != 0,
            .scarce = chosen / pools % quotas != 0,
            .magazine_size = chosen / pools / quotas % magazines + 1,
            .fronts = static_cast<Fronts>(chosen / pools / quotas / magazines)};
  }
  void name_setting(const BlockSetting& setting, Names& names) const {
    std::array<char, 120> text;
    int length = setting.chunks == 0
                     ? std::snprintf(text.data(), text.size(), "A pool of %u block%s in a buffer",
                                     setting.blocks, setting.blocks == 1 ? "" : "s")
                     : std::snprintf(text.data(), text.size(),
                                     "A pool that grows to %u blocks by chunks of %u",
                                     setting.blocks, setting.blocks_per_chunk);
    if (scenario_.uses_held) {
      length += std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length),
                              "; an actor keeps at most %u", setting.quota);
    }
    if constexpr (HasMagazines<Pool>) {
      constexpr std::array fronts = {"", "; one handle", "; no handles"};
      std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length),
                    "; magazines of %u%s", setting.magazine_size,
                    fronts[static_cast<std::size_t>(setting.fronts)]);
    }
    names.setting(text.data());
  }
  BlockSetting setting_of(const BlockVariant& variant) const {
    BlockSetting setting;
    setting.blocks = scope_.blocks;
    setting.quota = quota_of(variant);
    setting.must_succeed = must_succeed(variant, setting.quota);
    setting.magazine_size = variant.magazine_size;
    setting.fronts = variant.fronts;
    setting.actors = scope_.actors;
    if (variant.grows) {
      setting.chunks = (scope_.blocks + blocks_per_chunk - 1) / blocks_per_chunk;
      setting.blocks_per_chunk = blocks_per_chunk;
      setting.blocks = setting.chunks * blocks_per_chunk;
      // No choice of its own, which would make every search longer.
      setting.bounds_growth = variant.scarce && setting.chunks < ModelBase::most_chunks &&
                              (BoundsGrowth<Pool> || HasMagazines<Pool>);
    }
    return setting;
  }
  unsigned quota_of(const BlockVariant& variant) const {
    const unsigned fair = std::max(1U, scope_.blocks / scope_.actors);
    unsigned quota = variant.scarce ? fair + 1 : fair;
    // If several are asked for in one call, there must be several to ask for.
    if (scenario_.uses_many) quota = variant.scarce ? std::max(scope_.blocks, 2U) : fair + 1;
    return std::min(quota, Actor::most_held);
  }
  // Do the quotas leave a block for every alloc?
  bool must_succeed(const BlockVariant& variant, unsigned quota) const {
    const bool may_fail = MayFail<Pool> || Waits<Pool> || requires { requires Pool::keeps; };
    const bool keeps = HasMagazines<Pool> && variant.fronts != Fronts::none;
    if (keeps || may_fail || variant.grows || scenario_.uses_bucket) {
      return false;
    }
    return scope_.actors * (quota + scenario_.in_hand - 1) <= scope_.blocks;
  }

  // The pool ends and is made anew, while handles of it are there; these end with it in use again.
  void renew() {
    world_->pool.deinit();
    world_->base.start_again();
    if (LiesAnywhere<Pool>) world_->ledger.forget_blocks();
    require(static_cast<bool>(world_->init()), "setup", "the pool was not set up once more");
    for (unsigned i = 0; i != scope_.actors; ++i) {
      world_->handles[i] = nullptr;
      actors_[i]->forget_handle();
    }
    conserve();
  }

  // Conservation at rest: once everything is given back, the pool hands out each block, once.
  void conserve() {
    for (unsigned i = 0; i != scope_.actors; ++i) {
      while (actors_[i]->held() != 0) actors_[i]->free(actors_[i]->take(0));
    }
    Actor& me = *actors_[0];
    world_->waiting = 0;  // they are all done
    if (void* block = me.swap(0, nullptr)) me.free(block);
    require(world_->pool.used() == 0, "conservation", "blocks are in use after all were freed");

    me.flush();
    if constexpr (HasMagazines<Pool>) world_->pool.reclaim();
    if constexpr (requires { world_->pool.violation(); }) {
      const char* wrong = world_->pool.violation();
      require(wrong == nullptr, "invariant", wrong);
    }
    world_->base.stop_refusing();
    world_->look_at_red_zones();
    const unsigned blocks = world_->setting.blocks;
    std::array<void*, BlockLedger::most_blocks> drained;
    unsigned count = 0;
    // The ledger checks them.
    while (!Waits<Pool> || count != blocks) {
      void* block = me.try_alloc();
      if (block == nullptr) break;
      drained[count++] = block;
    }
    require(count + missing() >= blocks, "conservation", "blocks were lost");
    if (!is_subject<Pool>) {
      require(world_->pool.capacity() == blocks, "conservation", "the capacity is wrong");
    }
    while (count != 0) me.free(drained[--count]);
    me.flush();
  }
  // Free blocks that threads which have ended may still keep.
  unsigned missing() const {
    if constexpr (KeepsToTheEnd<Pool>) {
      return static_cast<unsigned>(world_->pool.most_kept()) * scope_.actors;
    }
    return 0;
  }

  void name_all(Names& names) const {
    world_->pool.describe(names);
    world_->ledger.describe(names);
    world_->base.describe(names);
    names("bucket", world_->bucket);
    if constexpr (HasHandles<Pool>) {
      for (unsigned i = 0; i != scope_.actors; ++i) {
        actors_[i]->handle().describe(OfActor{names, i});
      }
    }
    name_setting(world_->setting, names);
  }

  const Scope scope_;
  const std::optional<BlockVariant> variant_;
  const ScenarioInfo scenario_;
  ExecutionLocal<BlockWorld<Pool>> world_;
  std::array<ExecutionLocal<Actor>, most_actors> actors_;
  std::uint64_t end_state_ = 0;
  bool named_at_rest_ = false;
  Names names_at_rest_;
};

template <class Pool, class Scenario>
class BlockModel final : public BlockModelBase<Pool> {
 public:
  // variant: the one and only; without it, the search chooses one for each execution.
  explicit BlockModel(const Scope& scope, std::optional<BlockVariant> variant = {})
      : BlockModelBase<Pool>(scope, variant, Scenario::info) {}

 private:
  void take_step(ModelBlockActor<Pool>& me) override { Scenario::step(me); }
};

// The model of Pool under that of the scenarios that is called so; null where none is.
template <class Pool, class... Scenarios>
std::unique_ptr<ModelTest> make_block_model(std::string_view scenario, const Scope& scope,
                                            ScenarioList<Scenarios...>) {
  std::unique_ptr<ModelTest> model;
  const auto try_one = [&]<class Scenario>(std::type_identity<Scenario>) {
    if (Scenario::info.name != scenario) return false;
    model = std::make_unique<BlockModel<Pool, Scenario>>(scope);
    return true;
  };
  static_cast<void>((try_one(std::type_identity<Scenarios>()) || ...));
  return model;
}

}  // namespace poolproof
