// The scenarios for block allocators.
#pragma once

#include "scenario.hpp"

namespace poolproof {

struct Churn {
  static constexpr ScenarioInfo info{.name = "churn",
                                     .summary = "allocate and free a single block, over and over"};
  template <BlockActor A>
  static void step(A& me) {
    if (void* block = me.alloc()) me.free(block);
  }
};

struct Random {
  static constexpr ScenarioInfo info{.name = "random",
                                     .summary = "flip a coin: allocate, or free a random own block",
                                     .uses_held = true};
  template <BlockActor A>
  static void step(A& me) {
    if (me.held() != me.quota() && (me.held() == 0 || me.random(2) == 0)) {
      if (void* block = me.alloc()) me.hold(block);
    } else {
      me.free(me.take(me.random(me.held())));
    }
  }
};

struct SharedBucket {
  static constexpr ScenarioInfo info{
      .name = "shared_bucket",
      .summary = "the same, but all actors add to and take from one shared bucket",
      .uses_bucket = true};
  template <BlockActor A>
  static void step(A& me) {
    const std::uint32_t slot = me.random(me.bucket_slots());
    void* block = me.random(2) == 0 ? me.alloc() : nullptr;
    if (void* previous = me.swap(slot, block)) me.free(previous);
  }
};

struct Batch {
  static constexpr ScenarioInfo info{
      .name = "batch",
      .summary = "allocate a random number, free a random number: oldest, newest or any first",
      .uses_held = true};
  template <BlockActor A>
  static void step(A& me) {
    if (me.held() != me.quota()) {
      for (std::uint32_t n = 1 + me.random(me.quota() - me.held()); n != 0; --n) {
        void* block = me.alloc();
        if (block == nullptr) break;
        me.hold(block);
      }
    }
    const std::uint32_t order = me.random(3);
    for (std::uint32_t n = me.random(me.held() + 1); n != 0; --n) {
      const std::uint32_t held = me.held();
      me.free(order == 0   ? me.take_oldest()
              : order == 1 ? me.take(held - 1)
                           : me.take(me.random(held)));
    }
  }
};

struct Bulk {
  static constexpr ScenarioInfo info{
      .name = "bulk",
      .summary = "allocate a random number in one call, free a random number in one call",
      .uses_held = true,
      .uses_many = true};
  template <BlockActor A>
  static void step(A& me) {
    if (me.held() != me.quota()) me.alloc_many(1 + me.random(me.quota() - me.held()));
    if (const std::uint32_t n = me.random(me.held() + 1); n != 0) me.free_many(n);
  }
};

struct Mixed {
  static constexpr ScenarioInfo info{
      .name = "mixed",
      .summary = "each actor works through a random assortment of the others",
      .uses_held = true,
      .uses_bucket = true,
      .uses_many = true};
  template <BlockActor A>
  static void step(A& me) {
    const std::uint32_t which = me.random(5);
    for (std::uint32_t n = 1 + me.random(16); n != 0; --n) {
      switch (which) {
        case 0:
          Churn::step(me);
          break;
        case 1:
          Random::step(me);
          break;
        case 2:
          SharedBucket::step(me);
          break;
        case 3:
          Batch::step(me);
          break;
        default:
          Bulk::step(me);
          break;
      }
    }
  }
};

struct Relay {
  static constexpr ScenarioInfo info{
      .name = "relay",
      .summary = "as random, and threads end, and others go on in their place",
      .uses_held = true,
      .ends_threads = true};
  template <BlockActor A>
  static void step(A& me) {
    Random::step(me);
    me.may_end_thread();
  }
};

struct Renewed {
  static constexpr ScenarioInfo info{
      .name = "renewed",
      .summary =
          "as random; at each rest the pool ends and is made anew, and threads and handles stay",
      .uses_held = true,
      .ends_pools = true};
  template <BlockActor A>
  static void step(A& me) {
    Random::step(me);
  }
};

// All of them, in the order in which they are shown.
using BlockScenarios =
    ScenarioList<Churn, Random, SharedBucket, Batch, Bulk, Mixed, Relay, Renewed>;

}  // namespace poolproof
